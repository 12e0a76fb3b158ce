//! Replies in every language, and what honesty adds to them.

use super::super::facts::{Note, Shown, TimerFacts};
use super::*;
use crate::model::{Attributes, Cause, EntityId, Intent};

fn recognized(language: &str, intent: &str, response: &str, slots: &[(&str, &str)]) -> Recognition {
    let slots = slots.iter().map(|(name, text)| ((*name).to_owned(), SlotValue::Text((*text).to_owned())));
    Recognition {
        intent: Intent { name: intent.to_owned(), slots: slots.collect() },
        response: response.to_owned(),
        language: language.to_owned(),
        template: String::new(),
        spoken: BTreeMap::new(),
        context: BTreeMap::new(),
    }
}

fn shown(id: &str, name: &str, state: &str) -> Shown {
    Shown {
        entity: EntityId::new(id).unwrap(),
        name: name.to_owned(),
        state: state.to_owned(),
        wording: None,
        attributes: Attributes::new(),
    }
}

fn facts() -> Facts {
    Facts { done: true, ..Facts::default() }
}

/// Facts with something for everything that a response may speak of.
fn full_facts() -> Facts {
    let minutes = |minutes: u64| std::time::Duration::from_secs(minutes * 60);
    let timer = |name: &str, is_active, left| TimerFacts {
        name: name.to_owned(),
        area: String::new(),
        is_active,
        set: minutes(10),
        left: minutes(left),
    };
    Facts {
        matched: vec![shown("light.kitchen", "Kitchen Lamp", "on")],
        unmatched: vec![shown("light.hall", "Hall Lamp", "off")],
        timers: vec![timer("pizza", true, 5), timer("", false, 3)],
        canceled: 2,
        now: Some(jiff::civil::date(2013, 9, 17).at(13, 2, 0, 0)),
        media: Some("queen".to_owned()),
        ..facts()
    }
}

const SLOTS: &[(&str, &str)] = &[
    ("name", "Kitchen Lamp"),
    ("area", "Kitchen"),
    ("floor", "First Floor"),
    ("device_class", "curtain"),
    ("item", "milk"),
    ("color", "red"),
    ("brightness", "50"),
    ("hours", "1"),
    ("minutes", "5"),
    ("seconds", "30"),
    ("temperature", "21"),
    ("position", "40"),
    ("percentage", "60"),
    ("volume_level", "30"),
    ("volume_step", "up"),
    ("fan_mode", "auto"),
    ("state", "on"),
    ("search_query", "queen"),
];

#[test]
fn every_response_of_every_language_renders() {
    let facts = full_facts();
    let mut count = 0;
    for tag in Language::available() {
        let language = Language::load(tag).unwrap();
        for (intent, key, source) in language.responses() {
            let recognition = recognized(tag, intent, key, SLOTS);
            let name = format!("{tag}/{intent}/{key}");
            let rendered = run(&name, source, context(&language, source, &recognition, &facts));
            let text = rendered.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!text.contains("{{") && !text.contains("{%"), "{name}: {text}");
            count += 1;
        }
    }
    assert!(count > 3_000, "only {count} responses");
}

fn say(language: &str, intent: &str, response: &str, slots: &[(&str, &str)], facts: &Facts) -> String {
    let loaded = Language::load(language).unwrap();
    render(&loaded, &recognized(language, intent, response, slots), facts)
}

#[test]
fn english_and_chinese_answer_in_words() {
    let on = Facts { matched: vec![shown("light.kitchen", "Kitchen Lamp", "on")], ..facts() };
    assert_eq!(say("en", "HassTurnOn", "default", SLOTS, &on), "Turned on the light");
    assert_eq!(say("zh-CN", "HassTurnOn", "lights_area", &[("area", "厨房")], &on), "厨房灯已打开");
    let name = [("name", "Kitchen Lamp")];
    assert_eq!(say("en", "HassGetState", "one", &name, &on), "Kitchen lamp is on");
    let full = full_facts();
    assert_eq!(say("en", "HassGetCurrentTime", "default", &[], &full), "1:02 PM");
    assert_eq!(say("en", "HassGetCurrentDate", "default", &[], &full), "September 17th, 2013");
    assert_eq!(
        say("en", "HassTimerStatus", "default", &[], &full),
        "1 paused timer. 5 minutes left on 10 minute pizza timer."
    );
    assert_eq!(say("en", "HassCancelAllTimers", "default", &[], &full), "Canceled 2 timers.");
}

#[test]
fn states_are_worded_unless_the_template_tests_want_them_raw() {
    let mut door = Facts { unmatched: vec![shown("binary_sensor.door", "Door", "off")], ..facts() };
    door.unmatched[0].attributes.insert("device_class".into(), "door".into());
    let name = [("name", "Door")];
    assert_eq!(say("en", "HassGetState", "one_yesno", &name, &door), "No, closed");
    assert_eq!(say("zh-CN", "HassGetState", "one_yesno", &[("name", "门")], &door), "不是，门现在关着");
    assert_eq!(say("sv", "HassGetState", "one", &[("name", "Dörren")], &door), "Dörren är stängd");
    door.words = SlotWords::Values;
    assert_eq!(say("en", "HassGetState", "one_yesno", &name, &door), "No, off");
    // This template looks at the state itself to choose its words.
    let away = Facts { matched: vec![shown("person.ming", "小明", "not_home")], ..facts() };
    assert_eq!(say("zh-CN", "HassGetState", "where", &[("name", "小明")], &away), "小明不在家");
    assert_eq!(say("en", "HassGetState", "where", &[("name", "ming")], &away), "Ming is away");
}

#[test]
fn what_devices_did_not_do_is_said() {
    let lamp = || Note::Unconfirmed { name: "Lamp".to_owned() };
    let all = [("area", "Kitchen")];
    let mut facts = Facts { notes: vec![lamp()], ..facts() };
    let said = say("en", "HassTurnOn", "lights_area", &all, &facts);
    assert_eq!(said, "Turned on the lights. I sent the command, but Lamp did not confirm it");
    // Nothing is known to have come about: then nothing of the kind is said.
    facts.done = false;
    let said = say("zh-CN", "HassTurnOn", "lights_area", &all, &facts);
    assert_eq!(said, "命令已发出，但Lamp没有确认");
    let jammed = Note::Refused {
        name: "Front Door".to_owned(),
        entity: EntityId::new("lock.front").unwrap(),
        state: "jammed".to_owned(),
        device_class: None,
    };
    facts.notes = vec![jammed, Note::Unavailable { name: "Lamp".to_owned() }];
    let said = say("en", "HassTurnOn", "lock", &[], &facts);
    assert_eq!(said, "Lamp cannot be reached. Front Door did not do it: it is jammed now.");
    facts.notes = vec![Note::BrokerAway, Note::BrokerAway];
    let said = say("en", "HassTurnOn", "lights_area", &all, &facts);
    assert_eq!(said, "Sorry, the connection to the devices (MQTT) is down at the moment");
    let reason = "Lamp cannot be dimmed".to_owned();
    facts.notes = vec![Note::Failed { name: "Lamp".to_owned(), cause: Cause::Unsupported, reason }];
    assert_eq!(say("en", "HassLightSet", "brightness", &all, &facts), "Lamp cannot be dimmed");
    assert_eq!(say("zh-CN", "HassLightSet", "brightness", &all, &facts), "Lamp不支持这个操作");
}

#[test]
fn failures_use_the_languages_own_texts() {
    let failed = |failure| Facts { failure: Some(failure), ..Facts::default() };
    let area = failed(Failure::new("no_area").with("area", "attic"));
    assert_eq!(
        say("en", "HassTurnOn", "default", &[], &area),
        "Sorry, I am not aware of any area called attic"
    );
    assert_eq!(say("zh-CN", "HassTurnOn", "default", &[], &area), "抱歉，找不到名为 attic 的区域");
    let domain = failed(Failure::new("no_domain_in_area").with("domain", "light").with("area", "厨房"));
    assert_eq!(say("zh-CN", "HassTurnOn", "default", &[], &domain), "抱歉，在 厨房 区域没有找到 灯 设备");
    let color = failed(Failure::new("unknown_color").with("color", "mauvish"));
    assert_eq!(say("fr", "HassLightSet", "color", &[], &color), "Sorry, I do not know the color mauvish");
}

#[test]
fn two_of_one_name_are_asked_about() {
    let candidate = |id: &str, area: Option<&str>| super::super::resolver::Candidate {
        entity: EntityId::new(id).unwrap(),
        name: "Lamp".to_owned(),
        area: area.map(str::to_owned),
    };
    let mut failure = Failure::new("which_one").with("entity", "Lamp");
    failure.candidates = vec![candidate("light.a", Some("Kitchen")), candidate("light.b", Some("Bedroom"))];
    let facts = Facts { failure: Some(failure), ..Facts::default() };
    let ask = |tag| say(tag, "HassTurnOn", "default", &[], &facts);
    assert_eq!(ask("en"), "Which one: Lamp in Kitchen or Lamp in Bedroom?");
    assert_eq!(ask("zh-CN"), "您指的是哪一个：Kitchen的Lamp，还是Bedroom的Lamp？");
    assert!(ask("de").ends_with(": Lamp (Kitchen), Lamp (Bedroom)"), "{}", ask("de"));
}

#[test]
fn a_reply_is_never_silent() {
    assert_eq!(say("en", "HassNevermind", "default", &[], &facts()), "");
    assert_eq!(say("en", "HassTurnOn", "no_such_key", &[], &facts()), "Done");
    assert_eq!(say("en", "HassRespond", "hello", &[], &facts()), "Hello from Homeclaw.");
    let values = Facts { words: SlotWords::Values, ..facts() };
    assert_eq!(say("en", "HassRespond", "hello", &[], &values), "Hello from Home Assistant.");
}
