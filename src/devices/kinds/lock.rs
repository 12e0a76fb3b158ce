//! `lock`.

use std::sync::Arc;

use minijinja::Value;
use regex::{Regex, RegexBuilder};

use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::super::expectation::Check;
use super::common;
use super::{Built, Draft, Input, Kind, Role, Subject, Writer};
use crate::model::{Action, Code, State};

#[derive(Debug)]
struct Lock {
    lock: Arc<str>,
    unlock: Arc<str>,
    open: Option<Arc<str>>,
    reset: Arc<str>,
    states: [(Arc<str>, &'static str); 7],
    /// What a code must look like, where one is wanted.
    code_format: Option<Box<Regex>>,
}

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let states = [
        (fields.payload_or("state_locked", "LOCKED"), "locked"),
        (fields.payload_or("state_unlocked", "UNLOCKED"), "unlocked"),
        (fields.payload_or("state_locking", "LOCKING"), "locking"),
        (fields.payload_or("state_unlocking", "UNLOCKING"), "unlocking"),
        (fields.payload_or("state_jammed", "JAMMED"), "jammed"),
        (fields.payload_or("state_open", "OPEN"), "open"),
        (fields.payload_or("state_opening", "OPENING"), "opening"),
    ];
    let kind = Lock {
        lock: fields.payload_or("payload_lock", "LOCK"),
        unlock: fields.payload_or("payload_unlock", "UNLOCK"),
        open: fields.shared("payload_open"),
        reset: fields.payload_or("payload_reset", "None"),
        states,
        code_format: code_format(fields),
    };
    let can_open = kind.open.is_some();
    let mut built = Built::new(kind, "MQTT Lock");
    common::state_and_command(fields, &mut built);
    common::need_any(&built, fields, "a command_topic")?;
    if can_open {
        built.offer("supported_features", ["open"]);
    }
    if let Some(format) = fields.text("code_format") {
        built.capabilities.insert("code_format".into(), format.into());
    }
    Ok(built)
}

/// A format that is no pattern takes any code.
fn code_format(fields: &mut Fields<'_>) -> Option<Box<Regex>> {
    let source = fields.text("code_format").filter(|source| !source.is_empty())?;
    let build = |source: &str| RegexBuilder::new(source).size_limit(64 * 1024).build();
    build(&format!("^(?:{source})"))
        .map_err(|error| fields.note(format!("code_format is taken as any code: {error}")))
        .or_else(|()| build(".").map_err(drop))
        .ok()
        .map(Box::new)
}

impl Kind for Lock {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        if role != Role::State {
            return Ok(());
        }
        let text = input.text()?;
        if text.trim().is_empty() {
            return Ok(());
        }
        if *text == *self.reset {
            draft.set_state(State::UNKNOWN);
            return Ok(());
        }
        match self.states.iter().find(|(payload, _)| **payload == *text) {
            Some((_, state)) => draft.set_state(state),
            None => return Err(format!("{text:?} is none of the lock's states")),
        }
        Ok(())
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        let payload = match (action, &self.open) {
            (Action::Lock { .. }, _) => &self.lock,
            (Action::Unlock { .. }, _) => &self.unlock,
            (Action::OpenLatch { .. }, Some(open)) => open,
            _ => return Err(out.unsupported()),
        };
        let code = action.code().map(Code::reveal);
        if let Some(format) = &self.code_format
            && !code.is_some_and(|code| format.is_match(code))
        {
            return Err(CommandError::Code(out.subject.entity.id.clone()));
        }
        let code = code.map_or(Value::from(()), Value::from);
        out.send_with(Role::State, &**payload, &[("code", code)])
    }

    fn expect(&self, action: &Action, _subject: &Subject<'_>) -> Vec<Check> {
        match action {
            Action::Lock { .. } => common::becomes(&["locked"]),
            Action::Unlock { .. } => common::becomes(&["unlocked", "open", "opening"]),
            Action::OpenLatch { .. } => common::becomes(&["open", "opening"]),
            _ => Vec::new(),
        }
    }

    fn refusals(&self) -> &'static [&'static str] {
        &["jammed"]
    }
}
