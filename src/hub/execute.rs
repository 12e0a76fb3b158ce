//! Commands on their way: sent together, confirmed one by one, given up together.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use crate::devices::{CommandError, Expectation, Verdict};
use crate::model::{Cause, Code, Command, EntityId, Outcome, Publish, State, Timestamp, TraceStep};
use crate::runtime::clock;
use crate::runtime::metrics::OutcomeLabel;

use super::actor::{Actor, Then};
use super::ports::MqttError;

/// Longest payload in a trace, in characters.
const SHOWN: usize = 256;

/// Commands that wait for their devices.
#[derive(Default)]
pub(super) struct Waiters {
    groups: HashMap<u64, Group>,
    by_entity: HashMap<EntityId, Vec<Waiter>>,
    /// Every group has the same patience, so the oldest is given up first.
    deadlines: VecDeque<(Instant, u64)>,
    last: u64,
}

/// Commands that were given together.
struct Group {
    commands: Vec<Command>,
    outcomes: Vec<Option<Outcome>>,
    left: usize,
    sent: Instant,
    then: Then,
}

struct Waiter {
    group: u64,
    index: usize,
    expectation: Expectation,
}

impl Waiters {
    /// When the oldest commands are given up.
    pub(super) fn due(&self) -> Option<Instant> {
        self.deadlines.front().map(|(when, _)| *when)
    }
}

impl Actor {
    /// Sends commands and answers when all of them are confirmed, refused or given up.
    pub(super) fn execute(&mut self, commands: &[Command], mut then: Then) {
        let now = clock::now();
        self.waiters.last += 1;
        let id = self.waiters.last;
        let mut outcomes = Vec::with_capacity(commands.len());
        for (index, command) in commands.iter().enumerate() {
            outcomes.push(self.send(id, index, command, now, &mut then));
        }
        if let Then::Talk(ongoing) = &then {
            self.metrics.sentence_seconds.observe(ongoing.trace.elapsed().as_secs_f64());
        }
        for (command, outcome) in commands.iter().zip(&outcomes) {
            if let Some(outcome) = outcome {
                self.came_back(command, outcome, &mut then);
            }
        }
        let left = outcomes.iter().filter(|outcome| outcome.is_none()).count();
        let sent = Instant::now();
        let group = Group { commands: commands.to_vec(), outcomes, left, sent, then };
        if left == 0 {
            return self.finish_group(group);
        }
        self.waiters.groups.insert(id, group);
        self.waiters.deadlines.push_back((sent + Outcome::PATIENCE, id));
    }

    /// Sends one command; `None` when the device has yet to confirm it.
    fn send(
        &mut self,
        group: u64,
        index: usize,
        command: &Command,
        now: Timestamp,
        then: &mut Then,
    ) -> Option<Outcome> {
        let expectation = self.home.registry.expects(command);
        let publishes = match self.home.registry.command(command, now) {
            Ok(publishes) => publishes,
            Err(error) => return Some(refused(&error)),
        };
        let before = self.home.view().states.get(&command.entity).cloned();
        for publish in publishes {
            if let Then::Talk(ongoing) = then {
                let at = ongoing.trace.at();
                let (topic, payload) = (publish.topic.clone(), shown(command, &publish));
                let command = command.clone();
                ongoing.trace.push(TraceStep::Published { at, command, topic, payload });
            }
            if let Err(error) = self.mqtt.publish(publish) {
                let away = error == MqttError::NotConnected;
                let cause = if away { Cause::BrokerAway } else { Cause::Other };
                return Some(Outcome::Failed { reason: error.to_string(), cause });
            }
            self.metrics.mqtt_published.inc();
        }
        let effects = self.home.registry.assume(command, now);
        self.effects(effects);
        if !expectation.is_confirmable() {
            return Some(Outcome::Sent);
        }
        match before {
            Some(state) if expectation.met(&state) == Verdict::Met => {
                Some(Outcome::AlreadySo { state: (*state).clone() })
            }
            _ => {
                let waiting = self.waiters.by_entity.entry(command.entity.clone()).or_default();
                waiting.push(Waiter { group, index, expectation });
                None
            }
        }
    }

    /// A device has spoken: perhaps somebody waits for this.
    pub(super) fn check_waiters(&mut self, entity: &EntityId, state: &State) {
        let Some(mut waiting) = self.waiters.by_entity.remove(entity) else { return };
        let mut settled = Vec::new();
        waiting.retain(|waiter| match waiter.expectation.met(state) {
            Verdict::NotYet => true,
            verdict => {
                settled.push((waiter.group, waiter.index, verdict == Verdict::Met));
                false
            }
        });
        if !waiting.is_empty() {
            self.waiters.by_entity.insert(entity.clone(), waiting);
        }
        for (group, index, met) in settled {
            self.settle(group, index, |sent| match met {
                true => Outcome::Confirmed { state: state.clone(), after_ms: millis(sent.elapsed()) },
                false => Outcome::Refused { state: state.clone() },
            });
        }
    }

    fn settle(&mut self, id: u64, index: usize, outcome: impl FnOnce(Instant) -> Outcome) {
        let Some(mut group) = self.waiters.groups.remove(&id) else { return };
        let outcome = outcome(group.sent);
        if let Some(command) = group.commands.get(index) {
            self.came_back(command, &outcome, &mut group.then);
        }
        if let Some(slot) = group.outcomes.get_mut(index)
            && slot.replace(outcome).is_none()
        {
            group.left -= 1;
        }
        if group.left == 0 {
            self.finish_group(group);
        } else {
            self.waiters.groups.insert(id, group);
        }
    }

    /// Gives up those whose patience is at its end.
    pub(super) fn expire_waiters(&mut self, now: Instant) {
        while let Some(&(when, id)) = self.waiters.deadlines.front() {
            // Groups that are answered leave their deadline behind.
            if when > now && self.waiters.groups.contains_key(&id) {
                return;
            }
            self.waiters.deadlines.pop_front();
            let Some(mut group) = self.waiters.groups.remove(&id) else { continue };
            let waited_ms = millis(group.sent.elapsed());
            for (command, slot) in group.commands.iter().zip(&mut group.outcomes) {
                if slot.is_none() {
                    let outcome = Outcome::Unconfirmed { waited_ms };
                    self.came_back(command, &outcome, &mut group.then);
                    *slot = Some(outcome);
                }
                if let Some(waiting) = self.waiters.by_entity.get_mut(&command.entity) {
                    waiting.retain(|waiter| waiter.group != id);
                    if waiting.is_empty() {
                        self.waiters.by_entity.remove(&command.entity);
                    }
                }
            }
            self.finish_group(group);
        }
    }

    /// Notes what came of one command.
    fn came_back(&self, command: &Command, outcome: &Outcome, then: &mut Then) {
        if let Outcome::Confirmed { after_ms, .. } = outcome {
            self.metrics.confirm_seconds.observe(Duration::from_millis(*after_ms).as_secs_f64());
        }
        let label = OutcomeLabel { outcome: word(outcome) };
        self.metrics.commands.get_or_create(&label).inc();
        tracing::debug!(entity = %command.entity, outcome = word(outcome), "command");
        if let Then::Talk(ongoing) = then {
            let at = ongoing.trace.at();
            let (entity, outcome) = (command.entity.clone(), outcome.clone());
            ongoing.trace.push(TraceStep::CameBack { at, entity, outcome });
        }
    }

    fn finish_group(&mut self, group: Group) {
        let outcomes: Vec<_> = group.outcomes.into_iter().flatten().collect();
        match group.then {
            Then::Talk(ongoing) => self.conclude(*ongoing, &outcomes),
            Then::Execute(answer) => {
                // Whoever asked may have gone away meanwhile.
                let _ = answer.send(Ok(outcomes));
            }
            Then::Timer(_) | Then::List(_) | Then::Nothing => {}
        }
    }
}

/// The payload for the trace, with a code blotted out.
pub(super) fn shown(command: &Command, publish: &Publish) -> String {
    let text = String::from_utf8_lossy(&publish.payload);
    let text = match command.action.code().map(Code::reveal) {
        Some(code) if !code.is_empty() => text.replace(code, "•••"),
        _ => text.into_owned(),
    };
    text.chars().take(SHOWN).collect()
}

/// The entity does not take the command.
fn refused(error: &CommandError) -> Outcome {
    let cause = match error {
        CommandError::Unavailable(_) => Cause::Unreachable,
        CommandError::Unsupported { .. } => Cause::Unsupported,
        CommandError::BadValue { .. } => Cause::BadValue,
        CommandError::Code(_) => Cause::Code,
        _ => Cause::Other,
    };
    Outcome::Failed { reason: error.to_string(), cause }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Confirmed { .. } => "confirmed",
        Outcome::AlreadySo { .. } => "already_so",
        Outcome::Unconfirmed { .. } => "unconfirmed",
        Outcome::Sent => "sent",
        Outcome::Refused { .. } => "refused",
        Outcome::Failed { .. } => "failed",
    }
}
