//! The actor's part of a conversation: from what was recognised to what came of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::intent::{self, Candidate, Conclusion, Context, NoMatch, Plan};
use crate::model::{Channel, EntityId, Event, Message, Outcome, Recognition, Timestamp, Trace, TraceStep};
use crate::runtime::clock;

use super::actor::{Actor, Then};
use super::deciding;
use super::handle::HubError;
use super::ports::Why;
use super::request::Answer;
use super::timers::TimerOp;

/// How long a question of the hub waits for its answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// How many questions may wait.
const QUESTIONS: usize = 256;

/// What was said, and what was recognised in it.
pub(super) struct Heard {
    pub(super) message: Arc<Message>,
    pub(super) result: Result<Recognition, NoMatch>,
    /// A model decided it: what could let somebody in is confirmed first.
    pub(super) guessed: bool,
    pub(super) trace: Tracer,
}

/// What came of it.
pub(super) struct Talked {
    pub(super) end: End,
    pub(super) trace: Tracer,
}

/// How a conversation went on after it was recognised.
pub(super) enum End {
    /// Nobody understood it.
    NotUnderstood(NoMatch),
    /// Understood, and done as far as the conclusion says.
    Concluded { recognition: Recognition, conclusion: Box<Conclusion>, suggestions: Vec<String> },
    /// Understood, and the hub could not.
    Refused { recognition: Recognition, error: HubError },
    /// Decided by a model, and so delicate that somebody has to say yes first.
    Unconfirmed { recognition: Recognition, names: Vec<String> },
    /// A model decided that nothing is to be done.
    Declined(Why),
    /// Several wishes in one sentence, in their order.
    Several(Vec<End>),
}

/// The steps of a decision, with their times.
#[derive(Debug)]
pub(super) struct Tracer {
    started: Instant,
    steps: Vec<TraceStep>,
}

impl Tracer {
    pub(super) fn new() -> Self {
        Self { started: Instant::now(), steps: Vec::new() }
    }

    /// Microseconds since the message arrived.
    pub(super) fn at(&self) -> u64 {
        u64::try_from(self.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(super) fn push(&mut self, step: TraceStep) {
        self.steps.push(step);
    }

    pub(super) fn note(&mut self, text: impl Into<String>) {
        let at = self.at();
        self.push(TraceStep::Note { at, text: text.into() });
    }

    pub(super) fn finish(self) -> Trace {
        Trace { micros: self.at(), steps: self.steps }
    }
}

/// A conversation that waits for devices or for the disk.
pub(super) struct Ongoing {
    pub(super) recognition: Recognition,
    pub(super) plan: Plan,
    pub(super) trace: Tracer,
    pub(super) answer: Answer<Talked>,
}

/// Somebody was asked which of several things is meant.
pub(super) struct Asked {
    who: Speaker,
    recognition: Recognition,
    candidates: Vec<Candidate>,
    /// Whether the question was for a yes.
    confirm: bool,
    until: Instant,
}

type Speaker = (Channel, Option<String>);

fn speaker(message: &Message) -> Speaker {
    (message.channel.clone(), message.sender.clone())
}

impl Actor {
    /// Plans what was recognised, and sets about it.
    pub(super) fn heard(&mut self, heard: Heard, answer: Answer<Talked>) {
        let Heard { message, result, guessed, mut trace } = heard;
        // What a model made of a sentence comes after the sentence itself, which has answered any question.
        let asked = if guessed { None } else { self.take_question(&speaker(&message)) };
        let answered = asked.and_then(|asked| self.chosen(&asked, &message.content));
        let recognised = result.map(|recognition| {
            let plan = self.plan(&recognition, &message);
            (recognition, plan)
        });
        let sensible = recognised.as_ref().is_ok_and(|(_, plan)| !matches!(plan, Plan::Failed(_)));
        let (recognition, plan) = match (answered, recognised) {
            // "The kitchen one" is a sentence, too: the kitchen's lights to one percent.
            (Some(recognition), _) if !sensible || message.content.trim_end().ends_with(" one") => {
                trace.note("taken as the answer to the question before");
                let plan = self.plan(&recognition, &message);
                (recognition, plan)
            }
            (_, Ok(recognised)) => recognised,
            (_, Err(nothing)) => {
                // Whoever asked may have gone away meanwhile; so everywhere below.
                let _ = answer.send(Ok(Talked { end: End::NotUnderstood(nothing), trace }));
                return;
            }
        };
        if guessed && let Some(names) = deciding::delicate(&self.home.view(), &plan, &recognition.language) {
            self.ask_back(speaker(&message), recognition.clone(), Vec::new(), true);
            let _ = answer.send(Ok(Talked { end: End::Unconfirmed { recognition, names }, trace }));
            return;
        }
        let ongoing = Box::new(Ongoing { recognition, plan, trace, answer });
        self.carry_out(ongoing, &message);
    }

    fn chosen(&self, asked: &Asked, answer: &str) -> Option<Recognition> {
        if asked.confirm {
            return deciding::is_yes(answer).then(|| asked.recognition.clone());
        }
        intent::choose(&self.home.view(), &asked.recognition, &asked.candidates, answer)
    }

    fn plan(&self, recognition: &Recognition, message: &Message) -> Plan {
        let context = Context {
            area: message.area.as_ref(),
            channel: &message.channel,
            now: clock::now(),
            time_zone: &self.home.settings.time_zone,
            temperature_unit: &self.home.settings.temperature_unit,
            timers: &self.home.timers,
            lists: &self.home.lists,
            paused: &self.paused,
        };
        intent::plan(&self.home.view(), recognition, &context)
    }

    fn carry_out(&mut self, mut ongoing: Box<Ongoing>, message: &Message) {
        match &ongoing.plan {
            Plan::Commands { commands, reason, .. } => {
                let (commands, reason) = (commands.clone(), reason.clone());
                let entities: Vec<EntityId> = commands.iter().map(|command| command.entity.clone()).collect();
                match ongoing.recognition.intent.name.as_str() {
                    "HassMediaPause" => self.paused.clone_from(&entities),
                    "HassMediaUnpause" => self.paused.clear(),
                    _ => {}
                }
                let at = ongoing.trace.at();
                ongoing.trace.push(TraceStep::Resolved { at, entities, reason });
                self.execute(&commands, Then::Talk(ongoing));
            }
            Plan::Timer(changes, _) if !changes.is_empty() => {
                let ops = changes.iter().cloned().map(TimerOp::Change).collect();
                self.change_timers(ops, Then::Talk(ongoing));
            }
            Plan::List(changes, _) if !changes.is_empty() => {
                let changes = changes.clone();
                self.change_lists(changes, Then::Talk(ongoing));
            }
            Plan::Broadcast { text, .. } => {
                self.emit(Event::Broadcast { text: text.clone() });
                self.conclude(*ongoing, &[]);
            }
            Plan::Ambiguous(facts) => {
                let candidates =
                    facts.failure.iter().flat_map(|failure| failure.candidates.clone()).collect();
                self.ask_back(speaker(message), ongoing.recognition.clone(), candidates, false);
                self.conclude(*ongoing, &[]);
            }
            _ => self.conclude(*ongoing, &[]),
        }
    }

    /// The plan was carried out as far as it could be.
    pub(super) fn conclude(&self, ongoing: Ongoing, outcomes: &[Outcome]) {
        let Ongoing { recognition, plan, mut trace, answer } = ongoing;
        let conclusion = intent::conclude(&self.home.view(), &recognition, &plan, outcomes);
        if let Plan::Failed(facts) = &plan
            && let Some(failure) = &facts.failure
        {
            trace.note(format!("cannot be done: {}", failure.key));
        }
        let failure = conclusion.facts.failure.as_ref();
        let suggestions = failure.map(|failure| suggestions(&failure.candidates)).unwrap_or_default();
        let end = End::Concluded { recognition, conclusion: Box::new(conclusion), suggestions };
        let _ = answer.send(Ok(Talked { end, trace }));
    }

    fn ask_back(
        &mut self,
        who: Speaker,
        recognition: Recognition,
        candidates: Vec<Candidate>,
        confirm: bool,
    ) {
        let now = Instant::now();
        self.questions.retain(|asked| asked.until > now);
        if self.questions.len() >= QUESTIONS {
            self.questions.remove(0);
        }
        let until = now + ANSWER_WITHIN;
        self.questions.push(Asked { who, recognition, candidates, confirm, until });
    }

    /// Whatever somebody says next answers the question or drops it.
    fn take_question(&mut self, who: &Speaker) -> Option<Asked> {
        let index = self.questions.iter().position(|asked| asked.who == *who)?;
        Some(self.questions.remove(index)).filter(|asked| asked.until > Instant::now())
    }

    /// A timer's time has come, and that is on the disk.
    pub(super) fn rang(&mut self, timer: &crate::model::Timer, ends: Timestamp, now: Timestamp) {
        /// Up to here it is the board that was busy, not the hub that was off.
        const PUNCTUAL: Duration = Duration::from_secs(60);
        /// Later than this, a command would surprise whoever gave it.
        const STILL_WANTED: Duration = Duration::from_secs(600);

        let late = now.since(ends);
        let Some((text, language)) = &timer.command else {
            if late > PUNCTUAL {
                let text = super::words::ended_late(&self.home.settings.language, timer, late);
                self.emit(Event::Broadcast { text });
            }
            return;
        };
        let message = super::delayed::message(timer, text, language, now);
        let (handle, mqtt, timer) = (self.handle.clone(), Arc::clone(&self.mqtt), timer.id.clone());
        tokio::spawn(async move {
            let (wanted, after_downtime) = (late <= STILL_WANTED, late > PUNCTUAL);
            super::delayed::run((&handle, &*mqtt), &timer, message, late, wanted, after_downtime).await;
        });
    }
}

/// What a candidate is told apart by: its area where the names are the same, else its name.
fn suggestions(candidates: &[Candidate]) -> Vec<String> {
    let same = |one: &Candidate| candidates.iter().filter(|other| other.name == one.name).count() > 1;
    let tell = |one: &Candidate| one.area.clone().filter(|_| same(one)).unwrap_or_else(|| one.name.clone());
    candidates.iter().map(tell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_of_one_name_are_told_apart_by_their_areas() {
        let candidate = |name: &str, area: Option<&str>| Candidate {
            entity: EntityId::new("light.a").unwrap(),
            name: name.to_owned(),
            area: area.map(str::to_owned),
        };
        let lamps = [
            candidate("Lamp", Some("Kitchen")),
            candidate("Lamp", Some("厨房")),
            candidate("Floor lamp", Some("Hall")),
        ];
        assert_eq!(suggestions(&lamps), ["Kitchen", "厨房", "Floor lamp"]);
    }
}
