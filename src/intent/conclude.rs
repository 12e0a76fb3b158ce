//! From a plan and what came of it to the facts of the reply.

use crate::model::{Command, EntityId, HomeView, Outcome, Recognition, ReplyKind};

use super::facts::{Conclusion, Facts, Note, Shown};
use super::plan::Plan;

/// Puts together what the reply says. `view` is the home after the plan was carried out; `outcomes` are
/// those of a plan's commands in their order, and empty for every other plan.
#[must_use]
pub fn conclude(
    view: &HomeView<'_>,
    recognition: &Recognition,
    plan: &Plan,
    outcomes: &[Outcome],
) -> Conclusion {
    let mut facts = plan.facts().clone();
    let Plan::Commands { commands, .. } = plan else {
        return Conclusion { kind: plan.kind(), facts };
    };
    let language = &recognition.language;
    facts.matched = commands.iter().filter_map(|c| Shown::of(view, &c.entity, language)).collect();
    let notes: Vec<_> =
        commands.iter().zip(outcomes).filter_map(|(c, o)| note(view, c, o, language)).collect();
    let kind = if notes.is_empty() {
        ReplyKind::ActionDone
    } else if outcomes.iter().all(|outcome| matches!(outcome, Outcome::Failed { .. })) {
        ReplyKind::Error
    } else {
        ReplyKind::Partial
    };
    // Saying "turned on the light" of a light that did not answer would be a lie.
    facts.done = notes.is_empty() || outcomes.iter().any(Outcome::is_success);
    facts.notes = notes;
    Conclusion { kind, facts }
}

/// The facts of a reply if every command were confirmed, for trying a sentence out without devices.
#[must_use]
pub fn assume_done(view: &HomeView<'_>, recognition: &Recognition, plan: &Plan) -> Facts {
    conclude(view, recognition, plan, &[]).facts
}

fn note(view: &HomeView<'_>, command: &Command, outcome: &Outcome, language: &str) -> Option<Note> {
    let name = shown_name(view, &command.entity, language);
    match outcome {
        Outcome::Confirmed { .. } | Outcome::AlreadySo { .. } | Outcome::Sent => None,
        Outcome::Unconfirmed { .. } => {
            let reachable = view.states.get(&command.entity).is_none_or(|state| state.available);
            Some(if reachable { Note::Unconfirmed { name } } else { Note::Unavailable { name } })
        }
        Outcome::Refused { state } => Some(Note::Refused {
            name,
            entity: command.entity.clone(),
            state: state.shown().to_owned(),
            device_class: view.entities.get(&command.entity).and_then(|e| e.device_class.clone()),
        }),
        Outcome::Failed { reason } => {
            let away = view.states.get(&command.entity).is_some_and(|state| !state.available);
            Some(if away {
                Note::Unavailable { name }
            } else {
                Note::Failed { name, reason: reason.clone() }
            })
        }
    }
}

fn shown_name(view: &HomeView<'_>, id: &EntityId, language: &str) -> String {
    view.entities.get(id).map_or(id.as_str(), |entity| entity.names.shown(language)).to_owned()
}
