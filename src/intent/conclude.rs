//! From a plan and what came of it to the facts of the reply.

use crate::model::{Cause, Command, EntityId, HomeView, Outcome, Recognition, ReplyKind};

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
            device_class: view
                .entities
                .get(&command.entity)
                .and_then(|e| e.device_class.as_deref().map(str::to_owned)),
        }),
        Outcome::Failed { cause: Cause::BrokerAway, .. } => Some(Note::BrokerAway),
        Outcome::Failed { cause: Cause::Unreachable, .. } => Some(Note::Unavailable { name }),
        Outcome::Failed { reason, cause } => {
            // Reasons name the entity by its id, which nobody says.
            let reason = reason.replace(command.entity.as_str(), &name);
            Some(Note::Failed { name, cause: *cause, reason })
        }
    }
}

fn shown_name(view: &HomeView<'_>, id: &EntityId, language: &str) -> String {
    view.entities.get(id).map_or(id.as_str(), |entity| entity.names.shown(language)).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::test_home::{NOW, TestHome, recognized};
    use super::*;
    use crate::model::State;

    fn kitchen() -> TestHome {
        let mut home = TestHome::new();
        home.area("kitchen", "Kitchen", None);
        home.entity("light.a", "Ceiling", Some("kitchen")).entity("light.b", "Lamp", Some("kitchen"));
        home
    }

    fn on() -> State {
        State { state: "on".to_owned(), ..State::unknown(NOW) }
    }

    fn concluded(home: &TestHome, outcomes: &[Outcome]) -> Conclusion {
        let wish = recognized("HassTurnOn", &[("area", "Kitchen"), ("domain", "light")]);
        conclude(
            &home.view(),
            &wish,
            &home.wish("HassTurnOn", &[("area", "Kitchen"), ("domain", "light")]),
            outcomes,
        )
    }

    #[test]
    fn all_confirmed_is_done() {
        let confirmed = || Outcome::Confirmed { state: on(), after_ms: 20 };
        let done = concluded(&kitchen(), &[confirmed(), Outcome::AlreadySo { state: on() }]);
        assert_eq!((done.kind, done.facts.done, done.facts.notes.len()), (ReplyKind::ActionDone, true, 0));
        assert_eq!(done.facts.matched.len(), 2);
    }

    #[test]
    fn one_that_is_silent_makes_it_partial() {
        let outcomes = [Outcome::Sent, Outcome::Unconfirmed { waited_ms: 1_500 }];
        let partial = concluded(&kitchen(), &outcomes);
        assert_eq!((partial.kind, partial.facts.done), (ReplyKind::Partial, true));
        assert_eq!(partial.facts.notes, [Note::Unconfirmed { name: "Lamp".to_owned() }]);
    }

    #[test]
    fn none_that_answered_is_not_done() {
        let home = kitchen();
        let failed = |cause| Outcome::Failed { reason: "light.b cannot be dimmed".to_owned(), cause };
        let nothing = concluded(&home, &[failed(Cause::Unreachable), failed(Cause::Unsupported)]);
        assert_eq!((nothing.kind, nothing.facts.done), (ReplyKind::Error, false));
        let lamp = Note::Failed {
            name: "Lamp".to_owned(),
            cause: Cause::Unsupported,
            reason: "Lamp cannot be dimmed".to_owned(),
        };
        assert_eq!(nothing.facts.notes, [Note::Unavailable { name: "Ceiling".to_owned() }, lamp]);
        let away = concluded(&home, &[failed(Cause::BrokerAway), failed(Cause::BrokerAway)]);
        assert_eq!(away.facts.notes, [Note::BrokerAway, Note::BrokerAway]);
        let refused = concluded(&home, &[Outcome::Refused { state: on() }, failed(Cause::Other)]);
        assert_eq!((refused.kind, refused.facts.done), (ReplyKind::Partial, false));
    }

    #[test]
    fn other_plans_keep_their_kind() {
        let home = kitchen();
        let wish = recognized("HassGetState", &[("name", "Lamp")]);
        let plan = home.plan(&wish);
        assert_eq!(conclude(&home.view(), &wish, &plan, &[]).kind, ReplyKind::QueryAnswer);
        let wish = recognized("HassGetState", &[("name", "Tower")]);
        assert_eq!(conclude(&home.view(), &wish, &home.plan(&wish), &[]).kind, ReplyKind::Error);
    }
}
