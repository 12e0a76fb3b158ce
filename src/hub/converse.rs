//! The speaker's part of a conversation: recognising and wording, in the task of whoever speaks.

use std::sync::Arc;

use crate::intent::{Conclusion, Facts, Failure, Language, Matcher, NoMatch, render, texts};
use crate::model::{Intent, Message, Recognition, Reply, ReplyKind, TraceStep};

use super::deciding;
use super::delayed;
use super::handle::{Handle, HubError};
use super::ports::Why;
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
            let heard = Box::new(Heard { message: Arc::clone(&message), result, guessed: false, trace });
            let talked = handle.ask(|answer| Request::Heard(heard, answer)).await?;
            deciding::where_nothing_matched(handle, &message, language.tag(), talked).await?
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

/// What is said of one wish.
struct Worded {
    kind: ReplyKind,
    text: String,
    language: Arc<Language>,
    intent: Option<Intent>,
    suggestions: Vec<String>,
}

async fn word(handle: &Handle, message: &Message, language: Arc<Language>, talked: Talked) -> Reply {
    let Talked { end, trace } = talked;
    let ends = match end {
        End::Several(ends) => ends,
        one => vec![one],
    };
    let mut all: Option<Worded> = None;
    for end in ends {
        let next = word_one(handle, Arc::clone(&language), end).await;
        all = Some(match all {
            None => next,
            Some(before) => together(before, next),
        });
    }
    let all = all.unwrap_or_else(|| declined(&language, Why::Unclear));
    Reply {
        message: message.id.clone(),
        kind: all.kind,
        text: all.text,
        language: all.language.tag().to_owned(),
        intent: all.intent,
        suggestions: all.suggestions,
        trace: trace.finish(),
    }
}

/// Two wishes of one sentence: the reply is as good as the worse of them.
fn together(before: Worded, next: Worded) -> Worded {
    let kind = match (before.kind, next.kind) {
        (one, other) if one == other => one,
        // A question has to be answered, whatever else came of it.
        (ReplyKind::Question, _) | (_, ReplyKind::Question) => ReplyKind::Question,
        (ReplyKind::ActionDone, ReplyKind::QueryAnswer) | (ReplyKind::QueryAnswer, ReplyKind::ActionDone) => {
            ReplyKind::ActionDone
        }
        _ => ReplyKind::Partial,
    };
    let text = texts::join(before.language.tag(), &before.text, &next.text);
    let suggestions = if next.suggestions.is_empty() { before.suggestions } else { next.suggestions };
    Worded { kind, text, suggestions, ..before }
}

fn declined(language: &Arc<Language>, why: Why) -> Worded {
    let kind = if why == Why::Impossible { ReplyKind::Error } else { ReplyKind::NoMatch };
    let text = words::declined(language, why);
    Worded { kind, text, language: Arc::clone(language), intent: None, suggestions: Vec::new() }
}

async fn word_one(handle: &Handle, language: Arc<Language>, end: End) -> Worded {
    match end {
        End::NotUnderstood(NoMatch { nearest, .. }) => {
            let text = texts::not_understood(language.tag(), &words::not_understood(&language), &nearest);
            Worded { kind: ReplyKind::NoMatch, text, language, intent: None, suggestions: nearest }
        }
        End::Concluded { recognition, conclusion, suggestions } => {
            let language = spoken(handle, language, &recognition).await;
            let text = render(&language, &recognition, &conclusion.facts);
            let intent = Some(without_codes(recognition.intent));
            Worded { kind: conclusion.kind, text, language, intent, suggestions }
        }
        End::Refused { recognition, error } => {
            let language = spoken(handle, language, &recognition).await;
            let text = words::refused(language.tag(), &error);
            let intent = Some(recognition.intent);
            Worded { kind: ReplyKind::Error, text, language, intent, suggestions: Vec::new() }
        }
        End::Unconfirmed { recognition, names } => {
            let language = spoken(handle, language, &recognition).await;
            let text = words::sure(language.tag(), &recognition.intent.name, &names);
            let suggestions = words::yes_and_no(language.tag());
            let intent = Some(recognition.intent);
            Worded { kind: ReplyKind::Question, text, language, intent, suggestions }
        }
        End::Declined(why) => declined(&language, why),
        End::Several(_) => declined(&language, Why::Unclear),
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
