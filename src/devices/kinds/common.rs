//! What several kinds share.

use super::super::discovery::fields::Fields;
use super::{Built, Read, Role, Write};

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

/// Whether the entity assumes its state: it says so, or has no topic to tell it.
pub(crate) fn optimistic(fields: &mut Fields<'_>, built: &Built, role: Role) -> bool {
    fields.flag("optimistic").unwrap_or(false) || !built.reads(role)
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
