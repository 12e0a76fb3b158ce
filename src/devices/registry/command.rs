//! Commands: what goes out, what should come back, and what is assumed.

use serde_json::{Value, json};

use super::binding::{Binding, number};
use super::{Effect, Registry};
use crate::devices::effect::CommandError;
use crate::devices::expectation::{Check, Expectation};
use crate::devices::kinds::{Draft, Subject, Writer};
use crate::model::{Command, Publish, Timestamp};

impl Registry {
    fn subject(&self, command: &Command) -> Option<(&Binding, Subject<'_>)> {
        let binding = self.binding(*self.by_entity.get(&command.entity)?)?;
        let (entity, state) = (self.entities.get(&command.entity)?, self.states.get(&command.entity)?);
        Some((binding, Subject { entity, state }))
    }

    /// The messages that carry a command out, in the entity's own schema.
    ///
    /// # Errors
    /// [`CommandError`], in words: the entity does not exist, cannot be reached, cannot do it, or not so.
    pub fn command(&self, command: &Command, now: Timestamp) -> Result<Vec<Publish>, CommandError> {
        self.templates.set_now(now);
        let id = &command.entity;
        let (binding, subject) = self.subject(command).ok_or_else(|| CommandError::NoEntity(id.clone()))?;
        if !subject.entity.enabled {
            return Err(CommandError::Disabled(id.clone()));
        }
        if !subject.state.available {
            return Err(CommandError::Unavailable(id.clone()));
        }
        let mut writer = Writer {
            subject,
            action: &command.action,
            writes: &binding.writes,
            templates: &self.templates,
            qos: binding.qos,
            retain: binding.retain,
            out: Vec::new(),
        };
        binding.kind.write(&command.action, &mut writer)?;
        Ok(writer.out)
    }

    /// What the device should say once it has carried the command out.
    #[must_use]
    pub fn expects(&self, command: &Command) -> Expectation {
        let Some((binding, subject)) = self.subject(command) else { return Expectation::default() };
        Expectation {
            confirmable: !binding.assumes(&command.action),
            checks: binding.kind.expect(&command.action, &subject),
            refused: binding.kind.refusals(),
        }
    }

    /// Takes a command as done where the entity is optimistic; does nothing for others.
    pub fn assume(&mut self, command: &Command, now: Timestamp) -> Vec<Effect> {
        let Some((binding, subject)) =
            self.subject(command).filter(|(binding, _)| binding.assumes(&command.action))
        else {
            return Vec::new();
        };
        let checks = binding.kind.expect(&command.action, &subject);
        let Some(state) = self.states.get_mut(&command.entity) else { return Vec::new() };
        let mut draft = Draft::new(state);
        for check in checks {
            become_true(&check, &mut draft);
        }
        let (text, attributes, _) = draft.finish();
        if text.is_none() && attributes.is_none() {
            return Vec::new();
        }
        let available = state.available;
        super::binding::commit(state, text, attributes, available, now);
        vec![Effect::StateChanged(command.entity.clone())]
    }
}

/// Makes a draft as a check wants it.
fn become_true(check: &Check, draft: &mut Draft<'_>) {
    match check {
        Check::State(wanted) => {
            if let Some(first) = wanted.first().filter(|_| !wanted.iter().any(|state| state == draft.state()))
            {
                draft.set_state(first);
            }
        }
        Check::Text(name, wanted) => match wanted.as_str() {
            "true" => draft.set(name, true),
            "false" => draft.set(name, false),
            word => draft.set(name, Value::String(word.to_owned())),
        },
        Check::Near(name, wanted, _) | Check::Toward(name, _, wanted) => {
            draft.set(name, number(*wanted));
            if *name == "current_position" {
                draft.set_state(if *wanted == 0.0 { "closed" } else { "open" });
            }
        }
        Check::Value(wanted, _) => draft.set_state(&crate::devices::kinds::number_text(*wanted)),
        Check::Hue(hue, saturation) => draft.set("hs_color", json!([hue, saturation])),
    }
}
