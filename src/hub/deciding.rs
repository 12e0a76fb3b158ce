//! Where no sentence template matched, a model decides; what it decides goes the way of every wish.

use std::sync::Arc;
use std::time::Duration;

use crate::intent::{Plan, texts};
use crate::model::{Action, Command, Domain, HomeView, Message, Recognition};

use super::handle::{Handle, HubError};
use super::languages::Languages;
use super::ports::{Asked, Decision, Wish};
use super::request::Request;
use super::talk::{End, Heard, Talked};

/// How many entities a model is shown.
const SHOWN: usize = 24;
/// Longer texts than this are no wish for a home.
const LONGEST: usize = 400;
/// How long a decision may take; a person does not wait longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lets the model decide if nothing was understood and there is a model; everything else stays as it is.
pub(super) async fn where_nothing_matched(
    handle: &Handle,
    message: &Arc<Message>,
    language: &str,
    talked: Talked,
) -> Result<Talked, HubError> {
    let Talked { end: End::NotUnderstood(nothing), mut trace } = talked else { return Ok(talked) };
    let Some(decider) = handle.decider.get() else {
        return Ok(Talked { end: End::NotUnderstood(nothing), trace });
    };
    let text = message.content.trim();
    if text.chars().count() > LONGEST {
        trace.note(format!("longer than {LONGEST} characters: the model is not asked"));
        return Ok(Talked { end: End::NotUnderstood(nothing), trace });
    }
    let excerpt = Languages::excerpt(handle, language, text, message.area.as_ref(), SHOWN).await?;
    let wish = Wish { text: text.to_owned(), language: language.to_owned(), excerpt };
    let decided = match tokio::time::timeout(PATIENCE, decider.decide(wish)).await {
        Ok(Ok(decided)) => decided,
        Ok(Err(error)) => {
            trace.note(error.to_string());
            return Ok(Talked { end: End::NotUnderstood(nothing), trace });
        }
        Err(_) => {
            trace.note(format!("the model took longer than {} seconds", PATIENCE.as_secs()));
            return Ok(Talked { end: End::NotUnderstood(nothing), trace });
        }
    };
    trace.note(format!(
        "{} decided: {} ({} tokens read, {} known already, {} written)",
        decided.by, decided.said, decided.tokens_read, decided.tokens_reused, decided.tokens_generated
    ));
    let wishes = match decided.decision {
        Decision::No(why) => return Ok(Talked { end: End::Declined(why), trace }),
        Decision::Do(wishes) => wishes,
    };
    let mut ends = Vec::new();
    for wish in wishes {
        let recognition = recognition(wish, language, &decided.by);
        let message = Arc::clone(message);
        let heard = Box::new(Heard { message, result: Ok(recognition), guessed: true, trace });
        let talked = handle.ask(|answer| Request::Heard(heard, answer)).await?;
        trace = talked.trace;
        ends.push(talked.end);
    }
    Ok(Talked { end: End::Several(ends), trace })
}

fn recognition(wish: Asked, language: &str, by: &str) -> Recognition {
    Recognition {
        response: texts::response_for(&wish.intent, wish.response.as_deref()).to_owned(),
        intent: wish.intent,
        language: language.to_owned(),
        template: format!("decided by {by}"),
        spoken: std::collections::BTreeMap::default(),
        context: std::collections::BTreeMap::default(),
    }
}

/// The names of what must not happen without a yes: whatever lets people, cars or water in or out.
pub(super) fn delicate(view: &HomeView<'_>, plan: &Plan, language: &str) -> Option<Vec<String>> {
    let Plan::Commands { commands, .. } = plan else { return None };
    let is_delicate = |command: &&Command| match command.entity.domain() {
        Domain::Lock => !matches!(command.action, Action::Lock { .. }),
        Domain::AlarmControlPanel | Domain::Valve | Domain::Siren => true,
        Domain::Cover => {
            let class = view.entities.get(&command.entity).and_then(|entity| entity.device_class.as_deref());
            matches!(class, Some("garage" | "garage_door" | "gate" | "door"))
        }
        _ => false,
    };
    let names: Vec<_> = commands
        .iter()
        .filter(is_delicate)
        .filter_map(|command| view.entities.get(&command.entity))
        .map(|entity| entity.names.shown(language).to_owned())
        .collect();
    (!names.is_empty()).then_some(names)
}

/// Whether an answer is a plain yes.
pub(super) fn is_yes(answer: &str) -> bool {
    const YES: &[&str] = &[
        "yes",
        "yeah",
        "yep",
        "yes please",
        "sure",
        "ok",
        "okay",
        "please do",
        "do it",
        "go ahead",
        "confirm",
        "是",
        "是的",
        "对",
        "对的",
        "好",
        "好的",
        "好吧",
        "确认",
        "确定",
        "可以",
        "嗯",
        "行",
        "要",
        "ja",
        "oui",
        "sí",
        "si",
        "sì",
        "sim",
        "da",
        "tak",
        "ano",
        "はい",
        "네",
        "да",
    ];
    let ends = |c: char| c.is_whitespace() || c.is_ascii_punctuation() || "。！，".contains(c);
    let answer = answer.trim_matches(ends).to_lowercase();
    YES.contains(&answer.as_str())
}

#[cfg(test)]
mod tests;
