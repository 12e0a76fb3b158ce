//! Date and time, announcements, small talk.

use jiff::civil::DateTime;

use super::super::facts::{Facts, Failure};
use super::{Ask, Plan, Planned};

pub(super) fn date_or_time(ask: &Ask<'_>) -> Planned {
    let now = local_time(ask).ok_or_else(|| Failure::new("handle_error"))?;
    Ok(Plan::Answer(Facts { now: Some(now), ..ask.facts() }))
}

fn local_time(ask: &Ask<'_>) -> Option<DateTime> {
    let now = jiff::Timestamp::from_millisecond(ask.context.now.as_millis()).ok()?;
    Some(now.to_zoned(ask.context.time_zone.clone()).datetime())
}

pub(super) fn broadcast(ask: &Ask<'_>) -> Planned {
    let text = ask.slots.text("message").ok_or_else(|| Failure::new("nothing_to_say"))?;
    Ok(Plan::Broadcast { text: text.to_owned(), facts: ask.facts() })
}

pub(super) fn respond(ask: &Ask<'_>) -> Planned {
    Ok(Plan::Answer(ask.facts()))
}
