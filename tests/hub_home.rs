//! The hub as a whole: a sentence goes in, a device is switched, and everything survives a restart.

mod support;

use std::collections::BTreeSet;

use homeclaw::hub::Home;
use homeclaw::model::{Action, HealthLevel};
use homeclaw::model::{
    Area, AreaId, Change, Command, EntityChange, EntityId, Event, ItemStatus, ListChange, ListId, Names,
    Origin, Outcome, ReplyKind, TimerState, TraceStep,
};
use support::{TestHub, within};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn shopping() -> ListId {
    ListId::new("shopping").unwrap()
}

fn items(home: &Home) -> Vec<String> {
    home.lists[&shopping()].items.iter().map(|item| item.summary.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sentence_switches_a_device_and_the_reply_waits_for_its_word() {
    let folder = folder();
    let hub = TestHub::start(folder.path(), "").await;
    let lights = hub.lights(&["Kitchen.Ceiling light", "Bedroom.Reading lamp"]).await;
    let obeying = lights.obey();

    let reply = hub.say("turn on the ceiling light").await;
    assert_eq!(reply.kind, ReplyKind::ActionDone, "{reply:#?}");
    assert_eq!(reply.intent.unwrap().name, "HassTurnOn");
    let steps: Vec<_> = reply.trace.steps.iter().collect();
    let [
        TraceStep::Heard { .. },
        TraceStep::Matched { .. },
        TraceStep::Resolved { .. },
        published,
        came_back,
    ] = steps.as_slice()
    else {
        panic!("{steps:#?}")
    };
    assert!(
        matches!(published, TraceStep::Published { topic, payload, .. } if topic == "lights/0/set" && payload == "ON")
    );
    assert!(
        matches!(came_back, TraceStep::CameBack { outcome: Outcome::Confirmed { state, .. }, .. } if state.state == "on")
    );
    hub.until_state("light.ceiling_light", "on").await;

    // It is so already, and said to an English hub in Chinese.
    let reply = hub.say("打开Reading lamp").await;
    assert_eq!((reply.kind, reply.language.as_str()), (ReplyKind::ActionDone, "zh-CN"), "{reply:#?}");
    let reply = hub.say("turn on the reading lamp").await;
    let already =
        |step: &TraceStep| matches!(step, TraceStep::CameBack { outcome: Outcome::AlreadySo { .. }, .. });
    assert!(reply.trace.steps.iter().any(already), "{reply:#?}");

    let reply = hub.say("sing me a song about the sea").await;
    assert_eq!(reply.kind, ReplyKind::NoMatch);
    let kept = hub.handle().conversations(10).await.unwrap();
    let said: Vec<_> = kept.iter().map(|(message, _)| message.content.as_str()).collect();
    assert_eq!(
        said,
        [
            "sing me a song about the sea",
            "turn on the reading lamp",
            "打开Reading lamp",
            "turn on the ceiling light"
        ]
    );
    obeying.abort();
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_keeps_silent_is_told_of() {
    let folder = folder();
    let hub = TestHub::start(folder.path(), "").await;
    let mut lights = hub.lights(&["Kitchen.Ceiling light"]).await;
    let reply = hub.say("turn on the ceiling light").await;
    assert_eq!(lights.next().await, ("lights/0/set".to_owned(), "ON".to_owned()));
    assert_ne!(reply.kind, ReplyKind::ActionDone, "{reply:#?}");
    let waited =
        |step: &TraceStep| matches!(step, TraceStep::CameBack { outcome: Outcome::Unconfirmed { .. }, .. });
    assert!(reply.trace.steps.iter().any(waited), "{reply:#?}");

    let nobody = Command { entity: EntityId::new("light.nobody").unwrap(), action: Action::turn_on() };
    let error = hub.handle().execute(vec![nobody], Origin::Api).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no entity \"light.nobody\"");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_of_one_name_are_asked_about_and_a_short_answer_is_enough() {
    let folder = folder();
    let hub = TestHub::start(folder.path(), "").await;
    let obeying = hub.lights(&["Kitchen.Lamp", "Bedroom.Lamp"]).await.obey();
    let reply = hub.say("turn on the lamp").await;
    assert_eq!(reply.kind, ReplyKind::Question, "{reply:#?}");
    assert_eq!(reply.suggestions, ["Kitchen", "Bedroom"]);
    let reply = hub.say("the bedroom one").await;
    assert_eq!(reply.kind, ReplyKind::ActionDone, "{reply:#?}");
    let on = |home: &Home| {
        let on = home.view().states.iter().filter(|(_, state)| state.state == "on");
        Some(
            on.map(|(id, _)| home.view().area_of(&home.view().entities[id]).unwrap().id.to_string())
                .collect(),
        )
    };
    let rooms: Vec<String> = hub.until("the states", on).await;
    assert_eq!(rooms, ["bedroom"]);
    let reply = hub.say("the bedroom one").await;
    assert_ne!(reply.kind, ReplyKind::ActionDone, "the question was answered already");
    obeying.abort();
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_there_again_before_any_device_speaks() {
    let folder = folder();
    let hub = TestHub::start(folder.path(), "").await;
    let lights = hub.lights(&["Kitchen.Ceiling light"]).await;
    let entity = EntityId::new("light.ceiling_light").unwrap();
    let mut names = Names::new("Big lamp");
    names.by_language.insert("zh-CN".into(), vec!["大灯".into()]);
    let office = AreaId::new("office").unwrap();
    let handle = hub.handle();
    let area = Area { id: office.clone(), names: Names::new("Office"), floor: None };
    handle.change(Change::PutArea(area)).await.unwrap();
    let change = EntityChange {
        names: Some(Some(names)),
        area: Some(Some(office.clone())),
        ..EntityChange::default()
    };
    handle.change(Change::Entity(entity.clone(), change)).await.unwrap();
    handle.list(ListChange::Add(shopping(), "milk".into())).await.unwrap();
    let reply = hub.say("set a 15 minute timer named pizza").await;
    assert_eq!(reply.kind, ReplyKind::ActionDone, "{reply:#?}");
    drop(lights);
    hub.stop().await;

    // The broker's retained messages are gone with it: what is there comes from the disk.
    let hub = TestHub::start(folder.path(), "").await;
    let id = entity.clone();
    let found = move |home: &Home| {
        let view = home.view();
        let entity = view.entities.get(&id)?;
        let state = view.states.get(&id)?.state.clone();
        Some((entity.names.shown("zh-CN").to_owned(), view.area_of(entity)?.id.clone(), state, items(home)))
    };
    let found = hub.handle().read(found).await.unwrap();
    assert_eq!(found, Some(("大灯".into(), office, "off".into(), vec!["milk".into()])));
    let timers = hub.handle().read(|home| home.timers.values().cloned().collect::<Vec<_>>()).await.unwrap();
    assert_eq!(timers.len(), 1);
    assert_eq!(timers[0].name.as_deref(), Some("pizza"));
    assert!(matches!(timers[0].state, TimerState::Running { .. }));

    // And it can be commanded at once, by its new name, in its new room.
    let obeying = {
        let mut device = hub.device("light").await;
        device.subscribe("lights/+/set").await;
        device.obey()
    };
    let reply = hub.say("打开大灯").await;
    assert_eq!(reply.kind, ReplyKind::ActionDone, "{reply:#?}");
    obeying.abort();
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delayed_command_is_carried_out_by_the_hub() {
    let folder = folder();
    let hub = TestHub::start(folder.path(), "").await;
    let obeying = hub.lights(&["Kitchen.Ceiling light"]).await.obey();
    hub.say("turn on the ceiling light").await;
    let mut events = hub.handle().events();
    let reply = hub.say("turn off the ceiling light in 1 second").await;
    assert_eq!(reply.kind, ReplyKind::ActionDone, "{reply:#?}");
    hub.until_state("light.ceiling_light", "off").await;
    let said = within("the hub's own words", async {
        loop {
            match &*events.recv().await.unwrap().1 {
                Event::Conversation { message, reply } if message.id.as_str().starts_with("timer-") => {
                    return (message.content.clone(), reply.kind);
                }
                _ => {}
            }
        }
    });
    assert_eq!(said.await, ("turn off the ceiling light".to_owned(), ReplyKind::ActionDone));
    hub.until("the timer to go", |home: &Home| home.timers.is_empty().then_some(())).await;

    // What would not be understood then is refused now.
    let reply = hub.say("in 10 minutes paint the fence").await;
    assert_eq!(reply.kind, ReplyKind::Error, "{reply:#?}");
    assert_eq!(reply.text, "Sorry, I would not know what to do then: paint the fence");
    assert!(hub.handle().read(|home| home.timers.is_empty()).await.unwrap());
    obeying.abort();
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_the_owners_own_is_known_by_its_name() {
    let folder = folder();
    let hub = TestHub::start(folder.path(), "").await;
    assert_eq!(hub.say("add a tent to the camping list").await.kind, ReplyKind::NoMatch);
    let camping = hub.handle().list(ListChange::Create("Camping".into())).await.unwrap().id;
    let chinese = hub.handle().list(ListChange::Create("露营清单".into())).await.unwrap().id;
    let said = [
        ("add a tent to the camping list", None),
        ("put matches on my camping list", None),
        ("把帐篷加到露营清单", Some("zh-CN")),
        ("把手电筒添加到露营清单里", Some("zh-CN")),
        ("remove matches from the camping list", None),
    ];
    for (sentence, language) in said {
        let reply = hub.say_in(sentence, language).await;
        assert_eq!(reply.kind, ReplyKind::ActionDone, "{sentence}: {reply:#?}");
    }
    let on = move |home: &Home, id: &ListId| -> Vec<String> {
        home.lists[id].items.iter().map(|item| item.summary.clone()).collect()
    };
    let lists = hub.handle().read(move |home| (on(home, &camping), on(home, &chinese))).await.unwrap();
    assert_eq!(lists, (vec!["a tent".to_owned()], vec!["帐篷".to_owned(), "手电筒".to_owned()]));
    assert_eq!(hub.say("what's on the camping list").await.text, "a tent");
    assert_eq!(hub.say_in("露营清单上有什么", Some("zh-CN")).await.text, "帐篷、手电筒");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_spoken_to_and_changed() {
    let folder = folder();
    let mut hub = TestHub::start(folder.path(), "").await;
    let reply = hub.say("add apples to my shopping list").await;
    assert_eq!(reply.kind, ReplyKind::ActionDone, "{reply:#?}");
    let reply = hub.say_in("把牛奶加到购物清单", Some("zh-CN")).await;
    assert_eq!(reply.kind, ReplyKind::ActionDone, "{reply:#?}");
    assert_eq!(hub.handle().read(items).await.unwrap(), ["apples", "牛奶"]);
    let list = hub.handle().list(ListChange::status(shopping(), 1, ItemStatus::Completed)).await.unwrap();
    assert_eq!(list.items[0].status, ItemStatus::Completed);

    // Many at once are written together, and none is lost.
    let adding = (0..200).map(|n| hub.handle().list(ListChange::Add(shopping(), format!("thing {n}"))));
    for answer in futures_util::future::join_all(adding).await {
        answer.unwrap();
    }
    let all: BTreeSet<_> = hub.handle().read(items).await.unwrap().into_iter().collect();
    assert!((0..200).all(|n| all.contains(&format!("thing {n}"))), "{all:?}");

    // Another language from now on, without a restart.
    let mut events = hub.handle().events();
    hub.reconfigure(folder.path(), |text| format!("{text}\nlanguage: zh-CN\n"));
    within("the new configuration", async {
        while !matches!(&*events.recv().await.unwrap().1, Event::Configuration { accepted: true, .. }) {}
    })
    .await;
    assert_eq!(hub.say("现在几点了").await.language, "zh-CN");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hub_says_how_its_parts_are() {
    let folder = folder();
    let hub = TestHub::start(folder.path(), "").await;
    for part in ["mqtt", "web", "broker"] {
        let good =
            move |home: &Home| home.health.get(part).filter(|h| h.level == HealthLevel::Ok).map(|_| ());
        hub.until(&format!("{part} to be well"), good).await;
    }
    hub.stop().await;
}
