//! What several kinds share.

use super::super::discovery::fields::Fields;
use super::super::expectation::Check;
use super::{Built, Draft, Read, Role, Write};
use crate::model::State;

/// The payload by which a device says that it does not know.
pub(crate) const NONE: &str = "None";

/// Adds a topic to read, when the message has one. A template that does not compile takes the topic
/// away: a state misread is worse than none.
pub(crate) fn read(
    fields: &mut Fields<'_>,
    built: &mut Built,
    role: Role,
    topic: &str,
    template: &str,
) -> bool {
    let Some(topic) = fields.subscribe(topic) else { return false };
    let Ok(template) = fields.template(template) else { return false };
    built.reads.push(Read { topic, template, role });
    true
}

/// Adds a topic to write, when the message has one.
pub(crate) fn write(
    fields: &mut Fields<'_>,
    built: &mut Built,
    role: Role,
    topic: &str,
    template: &str,
) -> bool {
    let Some(topic) = fields.publish(topic) else { return false };
    let Ok(template) = fields.template(template) else { return false };
    built.writes.push(Write { topic, template, role });
    true
}

/// The plain pair that most kinds have.
pub(crate) fn state_and_command(fields: &mut Fields<'_>, built: &mut Built) {
    read(fields, built, Role::State, "state_topic", "value_template");
    write(fields, built, Role::State, "command_topic", "command_template");
}

/// The word for an entity that neither says nor does anything.
pub(crate) fn need_any(built: &Built, fields: &Fields<'_>, wanted: &str) -> Result<(), String> {
    if built.reads.is_empty() && built.writes.is_empty() {
        let why = fields.notes.join("; ");
        return Err(format!("it needs {wanted}{}{why}", if why.is_empty() { "" } else { ": " }));
    }
    Ok(())
}

/// Adds several topics to read: role, topic and template.
pub(crate) fn reads(fields: &mut Fields<'_>, built: &mut Built, topics: &[(Role, &str, &str)]) {
    for (role, topic, template) in topics {
        read(fields, built, *role, topic, template);
    }
}

/// Adds several topics to write: role, topic and template.
pub(crate) fn writes(fields: &mut Fields<'_>, built: &mut Built, topics: &[(Role, &str, &str)]) {
    for (role, topic, template) in topics {
        write(fields, built, *role, topic, template);
    }
}

/// Takes a number into an attribute; nothing changes for an empty message, `None` takes it away.
pub(crate) fn number(name: &'static str, text: &str, draft: &mut Draft<'_>) -> Result<(), String> {
    match text.trim() {
        "" => {}
        NONE => draft.remove(name),
        text => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => draft.set_number(name, number),
            _ => return Err(format!("{text:?} is no number for {name}")),
        },
    }
    Ok(())
}

/// Takes a word into an attribute; nothing changes for an empty message, `None` takes it away.
pub(crate) fn word(name: &'static str, text: &str, draft: &mut Draft<'_>) {
    match text {
        "" => {}
        NONE => draft.remove(name),
        text => draft.set(name, text),
    }
}

/// Takes on, off or unknown into the state.
pub(crate) fn on_off(text: &str, on: &str, off: &str, draft: &mut Draft<'_>) -> Result<(), String> {
    if text == on {
        draft.set_state("on");
    } else if text == off {
        draft.set_state("off");
    } else if text == NONE {
        draft.set_state(State::UNKNOWN);
    } else if !text.is_empty() {
        return Err(format!("{text:?} is neither {on:?} nor {off:?}"));
    }
    Ok(())
}

/// A check that an attribute has become this word.
pub(crate) fn is(name: &'static str, word: &str) -> Vec<Check> {
    vec![Check::Text(name, word.to_owned())]
}

/// A check that the state has become one of these, the first where it is assumed.
pub(crate) fn becomes(states: &[&str]) -> Vec<Check> {
    vec![Check::State(states.iter().map(|state| (*state).to_owned()).collect())]
}

/// `json_attributes_topic`, which every kind may have.
pub(crate) fn attributes(fields: &mut Fields<'_>, built: &mut Built) {
    read(fields, built, Role::Attributes, "json_attributes_topic", "json_attributes_template");
}

/// A whole number of milliseconds from a number of seconds.
pub(crate) fn millis(seconds: f64) -> Option<u64> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
    (seconds > 0.0 && seconds < 1e10).then_some((seconds * 1000.0) as u64)
}
