//! What the hub says in its own words: English and Chinese, and English wherever the language's own texts
//! have nothing.

use std::collections::BTreeMap;

use crate::model::{Cause, Domain, Intent, SlotValue};

use super::super::facts::Note;
use super::super::resolver::Candidate;
use super::states;

fn chinese(tag: &str) -> bool {
    tag.starts_with("zh")
}

/// One of two texts, by language.
fn pick<'a>(tag: &str, english: &'a str, chinese_text: &'a str) -> &'a str {
    if chinese(tag) { chinese_text } else { english }
}

/// Own error texts: key, English, Chinese. `{entity}` and the like are filled in.
const FAILURES: &[(&str, &str, &str)] = &[
    ("unknown_intent", "Sorry, I cannot do that ({intent})", "抱歉，我还做不到这件事（{intent}）"),
    ("cannot_turn_on", "Sorry, {entity} cannot be turned on", "抱歉，{entity}不能打开"),
    ("cannot_turn_off", "Sorry, {entity} cannot be turned off", "抱歉，{entity}不能关闭"),
    ("unknown_color", "Sorry, I do not know the color {color}", "抱歉，我不知道{color}这种颜色"),
    ("nothing_to_set", "Sorry, I did not understand what to set", "抱歉，我没听懂要设置成什么"),
    ("nothing_to_say", "Sorry, I did not understand what exactly", "抱歉，我没听懂具体内容"),
    ("no_such_mode", "Sorry, no device has the mode {mode}", "抱歉，没有设备支持{mode}模式"),
    ("no_weather", "Sorry, I have no weather service", "抱歉，我没有天气信息来源"),
    ("no_segment", "Sorry, no vacuum has {area} on its map", "抱歉，扫地机器人的地图上没有{area}"),
    ("no_item", "Sorry, {item} is not on the list {list}", "抱歉，{list}里没有{item}"),
    ("no_list", "Sorry, I am not aware of any list called {list}", "抱歉，找不到名为{list}的清单"),
    ("no_duration", "Sorry, I did not understand how long", "抱歉，我没听懂时长"),
    (
        "no_timer_command",
        "Sorry, I would not know what to do then: {command}",
        "抱歉，我不明白到时候要做什么：{command}",
    ),
];

/// The hub's own text for an error; `None` when the language has the text.
pub(super) fn failure(tag: &str, key: &str, values: &BTreeMap<&'static str, String>) -> Option<String> {
    let (_, english, chinese_text) = FAILURES.iter().find(|(own, ..)| *own == key)?;
    let mut text = pick(tag, english, chinese_text).to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    Some(text)
}

/// A value of an error text as a person calls it: domains, device classes and states have words.
pub(super) fn shown_value(tag: &str, name: &str, value: &str) -> String {
    let word = match name {
        "domain" if chinese(tag) => value.parse().ok().and_then(domain_in_chinese),
        "device_class" if chinese(tag) => class_in_chinese(value),
        "state" => states::word(tag, Domain::MediaPlayer, None, value),
        _ => None,
    };
    word.unwrap_or(value).to_owned()
}

fn domain_in_chinese(domain: Domain) -> Option<&'static str> {
    Some(match domain {
        Domain::Light => "灯",
        Domain::Switch | Domain::InputBoolean => "开关",
        Domain::Fan => "风扇",
        Domain::Cover => "窗帘",
        Domain::Climate => "空调",
        Domain::Lock => "门锁",
        Domain::MediaPlayer => "媒体播放器",
        Domain::Vacuum => "扫地机器人",
        Domain::LawnMower => "割草机",
        Domain::Valve => "阀门",
        Domain::Sensor | Domain::BinarySensor => "传感器",
        Domain::Humidifier => "加湿器",
        Domain::Weather => "天气",
        Domain::Scene => "场景",
        Domain::Script => "脚本",
        Domain::Todo => "清单",
        _ => return None,
    })
}

fn class_in_chinese(class: &str) -> Option<&'static str> {
    Some(match class {
        "awning" => "遮阳篷",
        "blind" => "百叶帘",
        "curtain" => "窗帘",
        "door" => "门",
        "garage" | "garage_door" => "车库门",
        "gate" => "大门",
        "shade" => "遮阳帘",
        "shutter" => "卷帘",
        "window" => "窗户",
        _ => return None,
    })
}

/// The reply of a language that has no words for an intent.
pub(super) fn done(tag: &str) -> String {
    pick(tag, "Done", "好的").to_owned()
}

/// The key of the templates' answer to a wish that no template brought.
#[must_use]
pub fn response_for<'a>(intent: &Intent, asked: Option<&'a str>) -> &'a str {
    let has = |slot: &str| intent.slots.contains_key(slot);
    let is_light = intent.slots.get("domain").and_then(SlotValue::as_text) == Some("light");
    match (intent.name.as_str(), asked) {
        (_, Some(key)) => key,
        ("HassGetState", None) => "one",
        ("HassLightSet", None) if has("color") => "color",
        ("HassLightSet", None) if has("brightness") => "brightness",
        ("HassTurnOn" | "HassTurnOff", None) if is_light && has("area") => "lights_area",
        _ => "default",
    }
}

/// Two sentences, one after the other.
#[must_use]
pub fn join(tag: &str, first: &str, second: &str) -> String {
    let ends =
        first.chars().next_back().is_some_and(|c| matches!(c, '.' | '!' | '?' | '。' | '！' | '？' | '।'));
    match (ends, chinese(tag)) {
        (false, true) => format!("{first}。{second}"),
        (true, true) => format!("{first}{second}"),
        (false, false) => format!("{first}. {second}"),
        (true, false) => format!("{first} {second}"),
    }
}

/// What the hub says of itself, where the templates' answer is about another program.
pub(super) fn about_itself(tag: &str, key: &str) -> Option<&'static str> {
    let (english, chinese_text) = match key {
        "hello" => ("Hello from Homeclaw.", "你好，我是 Homeclaw。"),
        "data" => ("Your data stays on this hub in your home.", "您的数据只保存在家里的这台设备上。"),
        "commands" => (
            "You can switch devices, ask for their state, set timers and keep lists. For example: turn on the light in the kitchen.",
            "您可以控制设备、询问状态、设置计时器和管理清单。例如：打开厨房的灯。",
        ),
        "creator" => (
            "I am Homeclaw. I understand sentences with the templates of the Home Assistant community.",
            "我是 Homeclaw，我用 Home Assistant 社区编写的句式来理解您的话。",
        ),
        _ => return None,
    };
    match tag {
        "en" => Some(english),
        _ if chinese(tag) => Some(chinese_text),
        _ => None,
    }
}

/// The question which of several is meant; `None` where the language's own error text is the better start.
pub(super) fn which_one(tag: &str, candidates: &[Candidate]) -> Option<String> {
    if chinese(tag) {
        let named: Vec<_> =
            candidates.iter().map(|candidate| full_name(tag, candidate, candidates)).collect();
        return Some(format!("您指的是哪一个：{}？", named.join("，还是")));
    }
    if tag != "en" {
        return None;
    }
    let named: Vec<_> = candidates.iter().map(|candidate| full_name(tag, candidate, candidates)).collect();
    Some(format!("Which one: {}?", or_list(&named)))
}

fn or_list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// A candidate by the words that tell it from the others.
pub(super) fn full_name(tag: &str, candidate: &Candidate, all: &[Candidate]) -> String {
    let name = &candidate.name;
    match &candidate.area {
        Some(area) if chinese(tag) => format!("{area}的{name}"),
        Some(area) if tag == "en" => format!("{name} in {area}"),
        Some(area) => format!("{name} ({area})"),
        // Without an area only the id tells apart two of one name.
        None if all.iter().filter(|other| other.name == *name).count() > 1 => {
            format!("{name} ({})", candidate.entity)
        }
        None => name.clone(),
    }
}

/// An error text of the language with the candidates behind it.
pub(super) fn list_candidates(told: &str, candidates: &[Candidate]) -> String {
    let named: Vec<_> = candidates.iter().map(|candidate| full_name("", candidate, candidates)).collect();
    format!("{told}: {}", named.join(", "))
}

/// What is not as it was asked to be, one sentence for each way in which it is not.
pub(super) fn notes(tag: &str, notes: &[Note]) -> String {
    let names = |test: fn(&Note) -> Option<&str>| -> Vec<&str> { notes.iter().filter_map(test).collect() };
    let unconfirmed = names(|note| match note {
        Note::Unconfirmed { name } => Some(name),
        _ => None,
    });
    let unavailable = names(|note| match note {
        Note::Unavailable { name } => Some(name),
        _ => None,
    });
    let mut said = Vec::new();
    if notes.contains(&Note::BrokerAway) {
        said.push(broker_away(tag).to_owned());
    }
    if !unconfirmed.is_empty() {
        let all = and_list(tag, &unconfirmed);
        said.push(match (chinese(tag), unconfirmed.len()) {
            (true, _) => format!("命令已发出，但{all}没有确认"),
            (false, _) => format!("I sent the command, but {all} did not confirm it"),
        });
    }
    if !unavailable.is_empty() {
        let all = and_list(tag, &unavailable);
        said.push(match (chinese(tag), unavailable.len()) {
            (true, _) => format!("{all}没有响应，可能已断电或离线"),
            (false, 1) => format!("{all} cannot be reached"),
            (false, _) => format!("{all} cannot be reached at the moment"),
        });
    }
    said.extend(notes.iter().filter_map(|note| single_note(tag, note)));
    let stop = pick(tag, ".", "。");
    match said.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        several => several.join(pick(tag, ". ", "。")) + stop,
    }
}

fn single_note(tag: &str, note: &Note) -> Option<String> {
    match note {
        Note::Refused { name, entity, state, device_class } => {
            let word = states::word(tag, entity.domain(), device_class.as_deref(), state);
            let state = word.unwrap_or(state);
            Some(if chinese(tag) {
                format!("{name}没有照做，现在的状态是{state}")
            } else {
                format!("{name} did not do it: it is {state} now")
            })
        }
        Note::Failed { name, cause, reason } => Some(match (chinese(tag), cause) {
            (true, Cause::Unsupported) => format!("{name}不支持这个操作"),
            (true, Cause::BadValue) => format!("{name}不接受这个值"),
            (true, Cause::Code) => format!("{name}需要正确的密码"),
            (true, _) => format!("{name}无法执行：{reason}"),
            (false, _) if reason.starts_with(name.as_str()) => reason.clone(),
            (false, _) => format!("{name}: {reason}"),
        }),
        Note::Unconfirmed { .. } | Note::Unavailable { .. } | Note::BrokerAway => None,
    }
}

/// "A, B and C"; of many only the first and how many more.
fn and_list(tag: &str, names: &[&str]) -> String {
    const MOST: usize = 4;
    let (first, rest) = names.split_at(names.len().min(MOST));
    if !rest.is_empty() {
        let (all, more) = (first.join(pick(tag, ", ", "、")), rest.len());
        return if chinese(tag) {
            format!("{all}等{}个设备", names.len())
        } else {
            format!("{all} and {more} more")
        };
    }
    match first {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [before @ .., last] if chinese(tag) => format!("{}和{last}", before.join("、")),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// Nothing matched: `told` is the language's own text for it, `nearest` are sentences that would have.
#[must_use]
pub fn not_understood(tag: &str, told: &str, nearest: &[String]) -> String {
    let Some(first) = nearest.first() else {
        return told.to_owned();
    };
    if chinese(tag) {
        format!("{told}。您是不是想说：{first}？")
    } else if tag == "en" {
        format!("{told}. Did you mean: {first}?")
    } else {
        format!("{told}: {first}?")
    }
}

/// The sentence is longer than sentences are.
#[must_use]
pub fn too_long(tag: &str, limit: usize) -> String {
    if chinese(tag) {
        format!("这句话太长了，最多 {limit} 个字")
    } else {
        format!("That sentence is too long: at most {limit} characters")
    }
}

fn broker_away(tag: &str) -> &'static str {
    if chinese(tag) {
        "抱歉，与设备的连接（MQTT）中断了，暂时无法控制设备"
    } else {
        "Sorry, the connection to the devices (MQTT) is down at the moment"
    }
}
