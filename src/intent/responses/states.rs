//! Words for states, in English and Chinese. Other languages have those of their own lists.

use super::super::language::Language;
use crate::model::Domain;

/// A state in both languages.
type Words = (&'static str, &'static str, &'static str);

/// The word for a state of a domain and device class; `None` where there is none (a temperature).
pub(super) fn of<'a>(
    language: &'a Language,
    domain: Domain,
    class: Option<&str>,
    state: &str,
) -> Option<&'a str> {
    let tag = language.tag();
    let listed = || language.state_word(domain, class, state);
    match tag {
        "en" | "zh-CN" => word(tag, domain, class, state),
        // Lists first: those of Taiwan and Hong Kong are in their own script.
        _ => listed().or_else(|| word(tag, domain, class, state)),
    }
}

pub(super) fn word(tag: &str, domain: Domain, class: Option<&str>, state: &str) -> Option<&'static str> {
    let specific: &[Words] = match domain {
        Domain::BinarySensor => binary(class.unwrap_or_default()),
        Domain::Person | Domain::DeviceTracker => PRESENCE,
        Domain::Lock => LOCK,
        Domain::Cover | Domain::Valve => COVER,
        Domain::MediaPlayer => MEDIA,
        Domain::Vacuum | Domain::LawnMower => ROBOT,
        Domain::Climate | Domain::WaterHeater => CLIMATE,
        Domain::AlarmControlPanel => ALARM,
        Domain::Weather => WEATHER,
        Domain::Update => UPDATE,
        _ => &[],
    };
    let (_, english, chinese) = specific.iter().chain(GENERAL).find(|(key, ..)| *key == state)?;
    match tag {
        "en" => Some(english),
        _ if tag.starts_with("zh") => Some(chinese),
        _ => None,
    }
}

const GENERAL: &[Words] = &[
    ("on", "on", "打开"),
    ("off", "off", "关闭"),
    ("unknown", "unknown", "未知"),
    ("unavailable", "unavailable", "不可用"),
    ("idle", "idle", "空闲"),
];

const LOCK: &[Words] = &[
    ("locked", "locked", "已上锁"),
    ("unlocked", "unlocked", "已解锁"),
    ("locking", "locking", "正在上锁"),
    ("unlocking", "unlocking", "正在解锁"),
    ("jammed", "jammed", "卡住"),
    ("open", "open", "打开"),
    ("opening", "opening", "正在打开"),
];

const COVER: &[Words] = &[
    ("open", "open", "打开"),
    ("closed", "closed", "关闭"),
    ("opening", "opening", "正在打开"),
    ("closing", "closing", "正在关闭"),
    ("stopped", "stopped", "已停止"),
];

const MEDIA: &[Words] = &[
    ("playing", "playing", "正在播放"),
    ("paused", "paused", "已暂停"),
    ("standby", "on standby", "待机"),
    ("buffering", "buffering", "正在缓冲"),
];

const ROBOT: &[Words] = &[
    ("cleaning", "cleaning", "正在清扫"),
    ("mowing", "mowing", "正在割草"),
    ("docked", "docked", "在充电座上"),
    ("returning", "on its way home", "正在返回"),
    ("paused", "paused", "已暂停"),
    ("error", "in trouble", "出错"),
];

const CLIMATE: &[Words] = &[
    ("heat", "heating", "制热"),
    ("cool", "cooling", "制冷"),
    ("heat_cool", "heating and cooling", "制热/制冷"),
    ("auto", "automatic", "自动"),
    ("dry", "drying", "除湿"),
    ("fan_only", "fan only", "仅送风"),
    ("eco", "economical", "节能"),
    ("electric", "electric", "电"),
    ("gas", "gas", "燃气"),
    ("heat_pump", "heat pump", "热泵"),
    ("high_demand", "high demand", "高需求"),
    ("performance", "performance", "高性能"),
];

const ALARM: &[Words] = &[
    ("disarmed", "disarmed", "未布防"),
    ("armed_home", "armed for home", "在家布防"),
    ("armed_away", "armed for away", "外出布防"),
    ("armed_night", "armed for the night", "夜间布防"),
    ("armed_vacation", "armed for the holidays", "度假布防"),
    ("armed_custom_bypass", "armed in part", "自定义布防"),
    ("pending", "pending", "等待中"),
    ("arming", "arming", "正在布防"),
    ("disarming", "disarming", "正在撤防"),
    ("triggered", "triggered", "已触发"),
];

const PRESENCE: &[Words] = &[("home", "home", "在家"), ("not_home", "away", "离家")];

const UPDATE: &[Words] = &[("on", "an update is available", "有更新"), ("off", "up to date", "已是最新")];

const WEATHER: &[Words] = &[
    ("clear-night", "clear", "晴夜"),
    ("cloudy", "cloudy", "多云"),
    ("fog", "foggy", "雾"),
    ("hail", "hail", "冰雹"),
    ("lightning", "lightning", "雷电"),
    ("lightning-rainy", "lightning and rain", "雷雨"),
    ("partlycloudy", "partly cloudy", "局部多云"),
    ("pouring", "pouring", "暴雨"),
    ("rainy", "rainy", "雨"),
    ("snowy", "snowy", "雪"),
    ("snowy-rainy", "snow and rain", "雨夹雪"),
    ("sunny", "sunny", "晴"),
    ("windy", "windy", "大风"),
    ("windy-variant", "windy and cloudy", "大风多云"),
    ("exceptional", "exceptional", "异常"),
];

/// What on and off mean for each class of binary sensor.
fn binary(class: &str) -> &'static [Words] {
    match class {
        "door" | "garage_door" | "opening" | "window" => &[("on", "open", "打开"), ("off", "closed", "关闭")],
        "lock" => &[("on", "unlocked", "已解锁"), ("off", "locked", "已上锁")],
        "battery" => &[("on", "low", "电量低"), ("off", "normal", "正常")],
        "battery_charging" => &[("on", "charging", "正在充电"), ("off", "not charging", "未在充电")],
        "cold" => &[("on", "cold", "过冷"), ("off", "normal", "正常")],
        "heat" => &[("on", "hot", "过热"), ("off", "normal", "正常")],
        "connectivity" => &[("on", "connected", "已连接"), ("off", "disconnected", "已断开")],
        "light" => &[("on", "light", "有光"), ("off", "dark", "无光")],
        "moisture" => &[("on", "wet", "湿"), ("off", "dry", "干")],
        "moving" => &[("on", "moving", "正在移动"), ("off", "still", "静止")],
        "plug" => &[("on", "plugged in", "已插入"), ("off", "unplugged", "已拔出")],
        "presence" => &[("on", "home", "在家"), ("off", "away", "离家")],
        "problem" => &[("on", "in trouble", "异常"), ("off", "fine", "正常")],
        "running" => &[("on", "running", "正在运行"), ("off", "not running", "未在运行")],
        "safety" => &[("on", "unsafe", "危险"), ("off", "safe", "安全")],
        "tamper" => &[("on", "tampered with", "被拆动"), ("off", "clear", "正常")],
        "carbon_monoxide" | "gas" | "motion" | "occupancy" | "smoke" | "sound" | "vibration" => {
            &[("on", "detected", "检测到"), ("off", "clear", "正常")]
        }
        "update" => UPDATE,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_worded_by_its_kind() {
        assert_eq!(word("en", Domain::BinarySensor, Some("window"), "on"), Some("open"));
        assert_eq!(word("zh-CN", Domain::Lock, None, "jammed"), Some("卡住"));
        assert_eq!(word("zh-CN", Domain::Light, None, "on"), Some("打开"));
        assert_eq!(word("en", Domain::Sensor, Some("temperature"), "21.5"), None);
        assert_eq!(word("de", Domain::Light, None, "on"), None);
    }
}
