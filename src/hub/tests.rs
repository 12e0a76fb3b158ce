//! The actor with a connection to the broker that only remembers; `tests/hub_home.rs` has the real one.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::*;
use crate::hub::ports::{Mqtt, MqttError};
use crate::model::{
    Action, Area, AreaId, Cause, Change, Channel, Command, EntityId, Event, Inbound, ListChange, ListId,
    Message, MessageId, Names, Origin, Outcome, Publish, Reply, ReplyKind, Revision, Timer, TimerId,
    TimerState,
};
use crate::runtime::clock;
use crate::store::{self, Document, Store, Stored, Write};
use std::sync::Arc;

/// Remembers what was published; refuses it while it is away.
#[derive(Default)]
struct Double {
    published: Mutex<Vec<Publish>>,
    away: Mutex<bool>,
}

impl Double {
    fn published(&self) -> Vec<(String, String)> {
        let published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        let text = |publish: &Publish| String::from_utf8_lossy(&publish.payload).into_owned();
        published.iter().map(|publish| (publish.topic.clone(), text(publish))).collect()
    }
}

impl Mqtt for Double {
    fn is_connected(&self) -> bool {
        !*self.away.lock().unwrap()
    }

    fn publish(&self, message: Publish) -> Result<(), MqttError> {
        if *self.away.lock().unwrap() {
            return Err(MqttError::NotConnected);
        }
        self.published.lock().unwrap().push(message);
        Ok(())
    }
    fn subscribe(&self, _: Vec<String>) {}
    fn unsubscribe(&self, _: Vec<String>) {}
}

pub(super) struct Rig {
    pub(super) handle: Handle,
    mqtt: Arc<Double>,
    store: Store,
    _folder: tempfile::TempDir,
}

impl Rig {
    pub(super) async fn start() -> Self {
        Self::with(Vec::new()).await
    }

    /// With something in the store from before.
    async fn with(writes: Vec<Write>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = store::file_in(folder.path());
        let (store, _) = Store::open(&path).unwrap();
        store.write(writes).unwrap().await.unwrap().unwrap();
        store.close().await;
        let (store, stored): (Store, Stored) = Store::open(&path).unwrap();
        let mqtt = Arc::new(Double::default());
        let (handle, _) = start(HubOptions::default(), store.clone(), stored, Arc::clone(&mqtt) as _);
        Self { handle, mqtt, store, _folder: folder }
    }

    pub(super) async fn tell(&self, topic: &str, payload: &str) {
        let message = Inbound { topic: topic.into(), payload: payload.to_owned().into(), retain: false };
        self.handle.inbound(message).await.unwrap();
    }

    pub(super) async fn lock(&self) -> EntityId {
        let config = r#"{"name": "Front door", "unique_id": "door", "state_topic": "door/state", "command_topic": "door/set"}"#;
        self.tell("homeassistant/lock/door/config", config).await;
        self.tell("door/state", "UNLOCKED").await;
        EntityId::new("lock.front_door").unwrap()
    }

    fn command(&self, entity: &EntityId, action: Action) -> tokio::task::JoinHandle<Outcome> {
        let (handle, command) = (self.handle.clone(), Command { entity: entity.clone(), action });
        tokio::spawn(async move { handle.execute(vec![command], Origin::Api).await.unwrap().remove(0) })
    }

    /// Says something through the API.
    pub(super) fn say(&self, text: &str) -> tokio::task::JoinHandle<Reply> {
        let message = Message {
            id: MessageId::new("m1").unwrap(),
            channel: Channel::Api,
            sender: None,
            content: text.to_owned(),
            language: None,
            area: None,
            time: clock::now(),
        };
        let handle = self.handle.clone();
        tokio::spawn(async move { handle.converse(message).await.unwrap() })
    }

    /// Topics and payloads that went out.
    pub(super) fn published(&self) -> Vec<(String, String)> {
        self.mqtt.published()
    }

    /// Waits until so many messages went out.
    pub(super) async fn until_published(&self, count: usize) {
        while self.mqtt.published().len() < count {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_lock_that_jams_is_no_success() {
    let rig = Rig::start().await;
    let lock = rig.lock().await;
    let outcome = rig.command(&lock, Action::lock());
    rig.until_published(1).await;
    rig.tell("door/state", "LOCKING").await;
    rig.tell("door/state", "JAMMED").await;
    assert!(matches!(outcome.await.unwrap(), Outcome::Refused { state } if state.state == "jammed"));

    let outcome = rig.command(&lock, Action::unlock());
    rig.until_published(2).await;
    rig.tell("door/state", "UNLOCKED").await;
    assert!(matches!(outcome.await.unwrap(), Outcome::Confirmed { state, .. } if state.state == "unlocked"));
    assert_eq!(rig.mqtt.published()[0], ("door/set".to_owned(), "LOCK".to_owned()));
}

#[tokio::test]
async fn without_a_broker_a_command_fails_at_once() {
    let rig = Rig::start().await;
    let lock = rig.lock().await;
    *rig.mqtt.away.lock().unwrap() = true;
    let outcome = rig.command(&lock, Action::lock()).await.unwrap();
    let reason = "the MQTT broker is not connected".into();
    assert_eq!(outcome, Outcome::Failed { reason, cause: Cause::BrokerAway });
}

#[tokio::test]
async fn a_silent_device_is_given_up_after_a_while() {
    let rig = Rig::start().await;
    let lock = rig.lock().await;
    let outcome = rig.command(&lock, Action::lock()).await.unwrap();
    assert!(matches!(outcome, Outcome::Unconfirmed { .. }), "{outcome:?}");
}

#[tokio::test]
async fn what_cannot_be_written_is_not_done() {
    let rig = Rig::start().await;
    let mut events = rig.handle.events();
    rig.store.close().await;
    let shopping = ListId::new("shopping").unwrap();
    let error = rig.handle.list(ListChange::Add(shopping.clone(), "milk".into())).await.unwrap_err();
    assert!(matches!(error, HubError::Storage(_)), "{error}");
    let area = Area { id: AreaId::new("hall").unwrap(), names: Names::new("Hall"), floor: None };
    let error = rig.handle.change(Change::PutArea(area)).await.unwrap_err();
    assert!(matches!(error, HubError::Storage(_)), "{error}");
    let left = rig.handle.read(move |home| (home.lists[&shopping].items.len(), home.view().areas.len()));
    assert_eq!(left.await.unwrap(), (0, 0));
    while let Ok((_, event)) = events.try_recv() {
        assert!(matches!(&*event, Event::Health(_)), "{event:?}");
    }
}

fn overdue(command: Option<&str>, by: Duration) -> Write {
    let ends = clock::now().as_millis() - i64::try_from(by.as_millis()).unwrap();
    let ends = crate::model::Timestamp::from_millis(ends);
    let timer = Timer {
        id: TimerId::new("t1").unwrap(),
        name: Some("pizza".into()),
        duration_ms: 60_000,
        state: TimerState::Running { ends },
        area: None,
        channel: Channel::Panel,
        command: command.map(|text| (text.into(), "en".into())),
        created: ends,
    };
    Write::put(Document::Timer, &timer.id, &timer).unwrap()
}

#[tokio::test]
async fn a_timer_that_ended_while_the_hub_was_off_says_so() {
    let rig = Rig::with(vec![overdue(None, Duration::from_secs(7_200))]).await;
    let mut events = rig.handle.events();
    let mut heard = Vec::new();
    while heard.len() < 2 {
        match &*events.recv().await.unwrap().1 {
            Event::Broadcast { text } => heard.push(text.clone()),
            Event::TimerRemoved { timer } => heard.push(timer.to_string()),
            Event::TimerUpdated(timer) => assert!(matches!(timer.state, TimerState::Finished { .. })),
            _ => {}
        }
    }
    // It was over so long ago that it is taken away, too.
    assert_eq!(heard, ["The timer \"pizza\" ended 2 hours ago, while the hub was off.", "t1"]);
}

#[tokio::test]
async fn a_command_whose_time_is_long_past_is_not_carried_out() {
    let rig = Rig::with(vec![overdue(Some("lock the front door"), Duration::from_secs(7_200))]).await;
    let mut events = rig.handle.events();
    let reply = loop {
        if let Event::Conversation { reply, .. } = &*events.recv().await.unwrap().1 {
            break Arc::clone(reply);
        }
    };
    assert_eq!(reply.kind, ReplyKind::Error);
    assert_eq!(reply.text, "This was due 2 hours ago, while the hub was off, so it was not carried out.");
    assert!(rig.mqtt.published().is_empty());
    assert!(rig.handle.read(|home| home.timers.is_empty()).await.unwrap());
}

#[tokio::test]
async fn a_command_that_the_hub_died_over_is_carried_out_by_the_next() {
    let topic = "homeassistant/lock/door/config";
    let config = r#"{"name": "Front door", "unique_id": "door", "command_topic": "door/set"}"#;
    // As `Fire` leaves it on the disk: over, and not carried out as far as anybody knows.
    let Write::Put(document, id, timer) = overdue(Some("lock the front door"), Duration::from_secs(5)) else {
        panic!("a timer is a document");
    };
    let mut timer: Timer = serde_json::from_str(&timer).unwrap();
    if let TimerState::Running { ends } = timer.state {
        timer.state = TimerState::Finished { at: ends };
    }
    let timer = Write::Put(document, id, serde_json::to_string(&timer).unwrap());
    let rig = Rig::with(vec![timer, Write::Discovery(topic.into(), config.into())]).await;
    while !rig.handle.read(|home| home.timers.is_empty()).await.unwrap() {
        tokio::task::yield_now().await;
    }
    assert_eq!(rig.mqtt.published(), [("door/set".to_owned(), "LOCK".to_owned())]);
}

#[tokio::test]
async fn a_code_is_kept_out_of_trace_and_reply() {
    let rig = Rig::start().await;
    let config = r#"{"name": "Alarm", "unique_id": "alarm", "state_topic": "alarm/state",
        "command_topic": "alarm/set", "code": "REMOTE_CODE", "command_template": "{{ action }} {{ code }}"}"#;
    rig.tell("homeassistant/alarm_control_panel/alarm/config", config).await;
    rig.tell("alarm/state", "disarmed").await;
    let alarm = EntityId::new("alarm_control_panel.alarm").unwrap();
    let action = Action::Alarm { service: "arm_away".into(), code: Some("4711".into()) };
    let outcome = rig.command(&alarm, action.clone());
    rig.until_published(1).await;
    assert_eq!(rig.mqtt.published()[0].1, "ARM_AWAY 4711");
    let publish = rig.mqtt.published.lock().unwrap()[0].clone();
    let shown = super::execute::shown(&Command { entity: alarm, action }, &publish);
    assert_eq!(shown, "ARM_AWAY •••");
    outcome.abort();
}

#[tokio::test]
async fn far_too_long_a_text_and_an_unknown_language_are_errors() {
    let rig = Rig::start().await;
    let message = |content: String, language: Option<&str>| Message {
        id: MessageId::new("m1").unwrap(),
        channel: Channel::Api,
        sender: None,
        content,
        language: language.map(str::to_owned),
        area: None,
        time: clock::now(),
    };
    let error = rig.handle.converse(message("x".repeat(5_000), None)).await.unwrap_err();
    assert!(matches!(error, HubError::Invalid(_)), "{error}");
    let error = rig.handle.converse(message("hello".into(), Some("tlh"))).await.unwrap_err();
    assert!(matches!(&error, HubError::Invalid(text) if text.contains("tlh")), "{error}");
    rig.handle.stop().await;
    assert_eq!(rig.handle.converse(message("hi".into(), None)).await.unwrap_err(), HubError::Stopping);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_conversations_at_once_are_all_answered() {
    let rig = Rig::start().await;
    let say = |number: usize| {
        let adds = number.is_multiple_of(4);
        let message = Message {
            id: MessageId::new(&format!("m{number}")).unwrap(),
            channel: Channel::Api,
            sender: Some(number.to_string()),
            content: if adds {
                format!("add thing{number} to my shopping list")
            } else {
                "what time is it".into()
            },
            language: None,
            area: None,
            time: clock::now(),
        };
        let handle = rig.handle.clone();
        tokio::spawn(async move { (number, adds, handle.converse(message).await.unwrap()) })
    };
    let talks: Vec<_> = (0..2_000).map(say).collect();
    for talk in talks {
        let (number, adds, reply) = talk.await.unwrap();
        assert_eq!(reply.message.as_str(), format!("m{number}"));
        let expected = if adds { ReplyKind::ActionDone } else { ReplyKind::QueryAnswer };
        assert_eq!(reply.kind, expected, "{reply:?}");
    }
    let shopping = ListId::new("shopping").unwrap();
    let items = rig.handle.read(move |home| home.lists[&shopping].items.len()).await.unwrap();
    assert_eq!(items, 500);
    assert_eq!(rig.handle.conversations(5_000).await.unwrap().len(), 1_000, "the newest are kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_states_reaches_a_listener_without_a_gap() {
    const STATES: u64 = 20_000;
    let rig = Rig::start().await;
    let config =
        r#"{"name": "Power", "unique_id": "p", "state_topic": "p/state", "unit_of_measurement": "W"}"#;
    rig.tell("homeassistant/sensor/p/config", config).await;
    let sensor = EntityId::new("sensor.power").unwrap();
    while rig.handle.read(|home| home.view().states.is_empty()).await.unwrap() {}
    let mut events = rig.handle.events();
    let (tell, mut told) = tokio::sync::watch::channel(0);
    let listening = tokio::spawn(async move {
        let (mut heard, mut last) = (0, None);
        while heard < STATES {
            let (revision, event) = events.recv().await.expect("no lag");
            assert!(last.is_none_or(|last: Revision| revision.0 == last.0 + 1), "{last:?} {revision:?}");
            last = Some(revision);
            if let Event::StateChanged { state, .. } = &*event {
                assert_eq!(state.state, heard.to_string());
                heard += 1;
                tell.send_replace(heard);
            }
        }
    });
    for number in 0..STATES {
        rig.tell("p/state", &number.to_string()).await;
        // Half a second's worth at the rate that is promised, then the listener is let catch up.
        if number % 2_500 == 2_499 {
            told.wait_for(|heard| *heard == number + 1).await.unwrap();
        }
    }
    listening.await.unwrap();
    let newest = rig.handle.read(move |home| home.view().states[&sensor].state.clone()).await.unwrap();
    assert_eq!(newest, (STATES - 1).to_string());
}
