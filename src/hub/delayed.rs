//! Commands that wait ("turn off the light in 10 minutes"): carried out when their timer ends.
//!
//! Such a timer is taken from the disk only when its command was sent, so that a power cut loses none. A command
//! that does not bear repeating (toggle, louder, add to the list) is taken away first instead: rather not at
//! all than twice.

use std::sync::Arc;
use std::time::Duration;

use crate::intent::is_repeatable;
use crate::model::{
    Channel, Message, MessageId, Recognition, Reply, ReplyKind, SlotValue, Timer, TimerChange, TimerId,
    Timestamp,
};

use super::converse::{converse_from, recognize};
use super::handle::{Handle, HubError};
use super::ports::Mqtt;
use super::request::Request;
use super::talk::Tracer;
use super::words;

/// How long a command waits for the broker when the hub has just started.
const BROKER_WITHIN: Duration = Duration::from_secs(60);
/// How often the broker is looked for meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The sentence that is to be carried out later, where the wish is for that.
pub(super) fn command_of(recognition: &Recognition) -> Option<&str> {
    recognition.intent.slots.get("conversation_command").and_then(SlotValue::as_text)
}

/// The message that a delayed command comes in.
pub(super) fn message(timer: &Timer, text: &str, language: &str, now: Timestamp) -> Option<Message> {
    Some(Message {
        id: MessageId::new(&format!("timer-{}", timer.id)).ok()?,
        channel: Channel::Hub,
        sender: None,
        content: text.to_owned(),
        language: Some(language.to_owned()),
        area: timer.area.clone(),
        time: now,
    })
}

/// Carries out a delayed command, or says why not, and takes its timer away.
pub(super) async fn run(
    (handle, mqtt): (&Handle, &dyn Mqtt),
    timer: &TimerId,
    message: Option<Message>,
    late: Duration,
    wanted: bool,
    after_downtime: bool,
) {
    let Some(message) = message else { return done(handle, timer).await };
    let repeatable = wanted && bears_repeating(handle, &message).await;
    if !repeatable {
        done(handle, timer).await;
    }
    if wanted {
        wait_for_broker(mqtt).await;
    }
    let mut trace = Tracer::new();
    if after_downtime {
        trace.note(format!("due {} seconds ago, while the hub was off", late.as_secs()));
    }
    let said = if wanted {
        converse_from(handle, message, trace).await.map(drop)
    } else {
        say_too_late(handle, message, late, trace).await
    };
    if let Err(error) = said {
        tracing::warn!(%error, "a delayed command was not carried out");
    }
    if repeatable {
        done(handle, timer).await;
    }
}

async fn bears_repeating(handle: &Handle, message: &Message) -> bool {
    let recognized = recognize(handle, message, &mut Tracer::new()).await;
    recognized.is_ok_and(|(_, result)| result.is_ok_and(|recognition| is_repeatable(&recognition)))
}

async fn done(handle: &Handle, timer: &TimerId) {
    match handle.timer(TimerChange::Cancel(timer.clone())).await {
        // Somebody may have cancelled it meanwhile.
        Ok(_) | Err(HubError::NotFound { .. }) => {}
        Err(error) => tracing::warn!(%error, "a delayed command may be carried out again after a restart"),
    }
}

/// Right after a start the devices are known already, but the broker is not there yet.
async fn wait_for_broker(mqtt: &dyn Mqtt) {
    let until = tokio::time::Instant::now() + BROKER_WITHIN;
    while !mqtt.is_connected() && tokio::time::Instant::now() < until {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn say_too_late(
    handle: &Handle,
    message: Message,
    late: Duration,
    trace: Tracer,
) -> Result<(), HubError> {
    let language = message.language.clone().unwrap_or_else(|| handle.languages.usual());
    let reply = Reply {
        message: message.id.clone(),
        kind: ReplyKind::Error,
        text: words::too_late(&language, late),
        language,
        intent: None,
        suggestions: Vec::new(),
        trace: trace.finish(),
    };
    let (message, reply) = (Arc::new(message), Arc::new(reply));
    handle.send(Request::Said(message, reply)).await
}
