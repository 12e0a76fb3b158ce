//! The speaker's part of a conversation: recognising and wording, in the task of whoever speaks.

use std::sync::Arc;

use crate::intent::{Conclusion, Facts, Failure, Language, Matcher, NoMatch, render, texts};
use crate::model::{Intent, Message, Recognition, Reply, ReplyKind, TraceStep};

use super::delayed;
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

/// As [`converse`], with a trace that has begun already.
pub(super) async fn converse_from(
    handle: &Handle,
    message: Message,
    mut trace: Tracer,
) -> Result<Reply, HubError> {
    let characters = message.content.chars().count();
    if characters > LONGEST {
        return Err(HubError::Invalid(format!(
            "the text has {characters} characters; a sentence has at most {LONGEST}"
        )));
    }
    let message = Arc::new(message);
    let (language, result) = recognize(handle, &message, &mut trace).await?;
    let talked = match result {
        Ok(recognition) if !is_command_understood(handle, &message, &recognition).await? => {
            trace.note("the command for later is not understood");
            let end = refused_command(recognition);
            Talked { end, trace }
        }
        result => {
            let heard = Box::new(Heard { message: Arc::clone(&message), result, trace });
            handle.ask(|answer| Request::Heard(heard, answer)).await?
        }
    };
    let reply = Arc::new(word(handle, &message, language, talked).await);
    tracing::debug!(
        request_id = %message.id, channel = ?message.channel, kind = ?reply.kind, micros = reply.trace.micros,
        intent = reply.intent.as_ref().map(|intent| intent.name.as_str()), "answered"
    );
    let kept = Arc::clone(&reply);
    handle.send(Request::Said(message, kept)).await?;
    Ok(Arc::unwrap_or_clone(reply))
}

/// Whether a command for later, if the wish is for one, would be understood now.
async fn is_command_understood(
    handle: &Handle,
    message: &Message,
    recognition: &Recognition,
) -> Result<bool, HubError> {
    let Some(command) = delayed::command_of(recognition) else { return Ok(true) };
    let language = Some(recognition.language.clone());
    let later = Message { content: command.to_owned(), language, ..message.clone() };
    let (_, result) = recognize(handle, &later, &mut Tracer::new()).await?;
    Ok(result.is_ok())
}

fn refused_command(recognition: Recognition) -> End {
    let command = delayed::command_of(&recognition).unwrap_or_default();
    let failure = Failure::new("no_timer_command").with("command", command);
    let facts = Facts { failure: Some(failure), ..Facts::default() };
    let conclusion = Box::new(Conclusion { kind: ReplyKind::Error, facts });
    End::Concluded { recognition, conclusion, suggestions: Vec::new() }
}

/// Recognises the sentence in its language, or in another one of the home.
pub(super) async fn recognize(
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
    for other in handle.languages.others(text, &used) {
        let Ok(matcher) = handle.languages.matcher(&other, handle).await else { continue };
        trace.note(format!("tried in {other}"));
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
