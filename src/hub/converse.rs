//! The speaker's part of a conversation: recognising and wording, in the task of whoever speaks.

use std::sync::Arc;
use std::time::Duration;

use crate::intent::{Language, Matcher, NoMatch, render, texts};
use crate::model::{
    Channel, Intent, Message, MessageId, Recognition, Reply, ReplyKind, Timer, Timestamp, TraceStep,
};

use super::handle::{Handle, HubError};
use super::request::Request;
use super::talk::{End, Heard, Talked, Tracer};
use super::words;

/// The longest text that is taken for a sentence, in characters.
const LONGEST: usize = 2_000;

/// A whole conversation: recognise, plan, carry out, put into words, keep.
pub(super) async fn converse(handle: &Handle, message: Message) -> Result<Reply, HubError> {
    converse_from(handle, message, Tracer::new()).await
}

async fn converse_from(handle: &Handle, message: Message, mut trace: Tracer) -> Result<Reply, HubError> {
    let characters = message.content.chars().count();
    if characters > LONGEST {
        return Err(HubError::Invalid(format!(
            "the text has {characters} characters; a sentence has at most {LONGEST}"
        )));
    }
    let message = Arc::new(message);
    let (language, result) = recognize(handle, &message, &mut trace).await?;
    let heard = Box::new(Heard { message: Arc::clone(&message), result, trace });
    let talked = handle.ask(|answer| Request::Heard(heard, answer)).await?;
    let reply = Arc::new(word(handle, &message, language, talked).await);
    tracing::info!(
        message = %message.id, channel = ?message.channel, kind = ?reply.kind, micros = reply.trace.micros,
        intent = reply.intent.as_ref().map(|intent| intent.name.as_str()), "answered"
    );
    let kept = Arc::clone(&reply);
    handle.ask(|answer| Request::Said(message, kept, answer)).await?;
    Ok(Arc::unwrap_or_clone(reply))
}

/// Recognises the sentence in its language, or in the hub's other one when its script is of that.
async fn recognize(
    handle: &Handle,
    message: &Message,
    trace: &mut Tracer,
) -> Result<(Arc<Language>, Result<Recognition, NoMatch>), HubError> {
    let text = message.content.trim();
    let tag = message.language.clone().unwrap_or_else(|| handle.languages.usual());
    let matcher = handle.languages.matcher(&tag, handle).await?;
    let used = matcher.language().tag().to_owned();
    trace.push(TraceStep::Heard { text: text.to_owned(), language: used.clone() });
    let nothing = match matched(&matcher, text, message, trace) {
        Ok(recognition) => return Ok((Arc::clone(matcher.language()), Ok(recognition))),
        Err(nothing) => nothing,
    };
    let other = match (has_han(text), used.as_str()) {
        (true, tag) if !tag.starts_with("zh") && !tag.starts_with("ja") => Some("zh-CN"),
        (false, tag) if tag.starts_with("zh") => Some("en"),
        _ => None,
    };
    if let Some(other) = other
        && let Ok(matcher) = handle.languages.matcher(other, handle).await
    {
        trace.note(format!("tried in {other}, as the script suggests"));
        if let Ok(recognition) = matched(&matcher, text, message, trace) {
            return Ok((Arc::clone(matcher.language()), Ok(recognition)));
        }
    }
    let at = trace.at();
    trace.push(TraceStep::NotMatched { at, nearest: nothing.nearest.clone() });
    Ok((Arc::clone(matcher.language()), Err(nothing)))
}

fn matched(
    matcher: &Matcher,
    text: &str,
    message: &Message,
    trace: &mut Tracer,
) -> Result<Recognition, NoMatch> {
    let recognition = matcher.recognize(text, message.area.as_ref())?;
    let (intent, template) = (recognition.intent.name.clone(), recognition.template.clone());
    let at = trace.at();
    trace.push(TraceStep::Matched { at, intent, template });
    Ok(recognition)
}

fn has_han(text: &str) -> bool {
    text.chars()
        .any(|c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}'))
}

async fn word(handle: &Handle, message: &Message, language: Arc<Language>, talked: Talked) -> Reply {
    let Talked { end, trace } = talked;
    let reply = |kind, text, language: &Language, intent, suggestions, trace: Tracer| Reply {
        message: message.id.clone(),
        kind,
        text,
        language: language.tag().to_owned(),
        intent,
        suggestions,
        trace: trace.finish(),
    };
    match end {
        End::NotUnderstood(NoMatch { nearest, .. }) => {
            let text = texts::not_understood(language.tag(), &words::not_understood(&language), &nearest);
            reply(ReplyKind::NoMatch, text, &language, None, nearest, trace)
        }
        End::Concluded { recognition, conclusion, suggestions } => {
            let language = spoken(handle, language, &recognition).await;
            let text = render(&language, &recognition, &conclusion.facts);
            let intent = Some(without_codes(recognition.intent));
            reply(conclusion.kind, text, &language, intent, suggestions, trace)
        }
        End::Refused { recognition, error } => {
            let language = spoken(handle, language, &recognition).await;
            let text = words::refused(language.tag(), &error);
            reply(ReplyKind::Error, text, &language, Some(recognition.intent), Vec::new(), trace)
        }
    }
}

/// The language of the wish; an answer to a question may come in another one.
async fn spoken(handle: &Handle, language: Arc<Language>, recognition: &Recognition) -> Arc<Language> {
    if language.tag() == recognition.language {
        return language;
    }
    let other = handle.languages.matcher(&recognition.language, handle).await;
    other.map_or(language, |matcher| Arc::clone(matcher.language()))
}

/// Codes of locks and alarms are neither shown nor kept.
fn without_codes(mut intent: Intent) -> Intent {
    intent.slots.remove("code");
    intent
}

/// The message that a delayed command comes in.
pub(super) fn delayed(timer: &Timer, text: &str, language: &str, now: Timestamp) -> Option<Message> {
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

/// Carries out a delayed command, or says why not.
pub(super) async fn run_delayed(
    handle: &Handle,
    message: Option<Message>,
    late: Duration,
    wanted: bool,
    after_downtime: bool,
) {
    let Some(message) = message else { return };
    let mut trace = Tracer::new();
    if after_downtime {
        trace.note(format!("due {} seconds ago, while the hub was off", late.as_secs()));
    }
    let done = if wanted {
        converse_from(handle, message, trace).await.map(drop)
    } else {
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
        handle.ask(|answer| Request::Said(message, reply, answer)).await
    };
    if let Err(error) = done {
        tracing::warn!(%error, "a delayed command was not carried out");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chinese_sentence_is_seen_by_its_script() {
        assert!(has_han("打开 kitchen 的灯"));
        assert!(!has_han("turn on the Küche"));
    }
}
