//! The few words that the hub says by itself, in the languages that it was born with.

use std::time::Duration;

use crate::intent::Language;
use crate::model::Timer;

use super::handle::HubError;
use super::ports::Why;

fn chinese(tag: &str) -> bool {
    tag.starts_with("zh")
}

/// Nobody understood it.
pub(super) fn not_understood(language: &Language) -> String {
    let own = language.error("no_intent").filter(|text| !text.contains(['{', '<']));
    own.unwrap_or("Sorry, I couldn't understand that").trim().to_owned()
}

/// A model decided that nothing is to be done.
pub(super) fn declined(language: &Language, why: Why) -> String {
    let chinese = chinese(language.tag());
    match why {
        Why::Chat => not_understood(language),
        Why::Unclear if chinese => "我没听明白具体要做什么，请说得再清楚一点。".to_owned(),
        Why::Unclear => "I am not sure what you want. Please say it in other words.".to_owned(),
        Why::Impossible if chinese => "抱歉，家里没有能做这件事的设备。".to_owned(),
        Why::Impossible => "Sorry, nothing in this home can do that.".to_owned(),
    }
}

/// Asks before something delicate that nobody said word for word.
pub(super) fn sure(tag: &str, intent: &str, names: &[String]) -> String {
    if chinese(tag) {
        let names = names.join("、");
        return match intent {
            "HassTurnOn" => format!("要操作{names}（打开或上锁）吗？"),
            "HassTurnOff" => format!("要操作{names}（关闭或解锁）吗？"),
            _ => format!("要改变{names}吗？"),
        };
    }
    let names = names.join(", ");
    match intent {
        "HassTurnOn" => format!("Shall I open, lock or turn on {names}?"),
        "HassTurnOff" => format!("Shall I close, unlock or turn off {names}?"),
        _ => format!("Shall I change {names}?"),
    }
}

/// The answers to [`sure`].
pub(super) fn yes_and_no(tag: &str) -> Vec<String> {
    let words = if chinese(tag) { ["是的", "不用了"] } else { ["yes", "no"] };
    words.map(str::to_owned).to_vec()
}

/// What was asked for could not be kept.
pub(super) fn refused(tag: &str, error: &HubError) -> String {
    match error {
        HubError::Storage(_) if chinese(tag) => "磁盘无法写入，所以什么都没有改变。".to_owned(),
        HubError::Storage(_) => "The disk does not take it, so nothing was changed.".to_owned(),
        HubError::NotFound { .. } if chinese(tag) => "它已经不在了。".to_owned(),
        HubError::Busy(_) if chinese(tag) => "现在太忙了，请稍后再试。".to_owned(),
        _ if chinese(tag) => "这做不到。".to_owned(),
        error => {
            let text = error.to_string();
            let mut letters = text.chars();
            let first = letters.next().map(|letter| letter.to_uppercase().to_string());
            format!("{}{}.", first.unwrap_or_default(), letters.as_str())
        }
    }
}

/// A timer that ended while the hub was off.
pub(super) fn ended_late(tag: &str, timer: &Timer, late: Duration) -> String {
    let ago = span(tag, late);
    match (&timer.name, chinese(tag)) {
        (Some(name), true) => format!("计时器“{name}”在{ago}前已到时，当时中枢没有运行。"),
        (None, true) => format!("一个计时器在{ago}前已到时，当时中枢没有运行。"),
        (Some(name), false) => format!("The timer {name:?} ended {ago} ago, while the hub was off."),
        (None, false) => format!("A timer ended {ago} ago, while the hub was off."),
    }
}

/// A delayed command whose time is long past: doing it now would surprise somebody.
pub(super) fn too_late(tag: &str, late: Duration) -> String {
    let ago = span(tag, late);
    if chinese(tag) {
        format!("这本该在{ago}前执行，当时中枢没有运行，所以没有执行。")
    } else {
        format!("This was due {ago} ago, while the hub was off, so it was not carried out.")
    }
}

fn span(tag: &str, span: Duration) -> String {
    let (seconds, minutes, hours) = (span.as_secs(), span.as_secs() / 60, span.as_secs() / 3_600);
    let (count, english, chinese_word) = match (hours, minutes) {
        (0, 0) => (seconds, "second", "秒"),
        (0, _) => (minutes, "minute", "分钟"),
        (1..48, _) => (hours, "hour", "小时"),
        _ => (hours / 24, "day", "天"),
    };
    if chinese(tag) {
        format!("{count}{chinese_word}")
    } else {
        format!("{count} {english}{}", if count == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_rounded_down_to_one_unit() {
        let of = |seconds| span("en", Duration::from_secs(seconds));
        assert_eq!(of(1), "1 second");
        assert_eq!(of(3_599), "59 minutes");
        assert_eq!(of(2 * 3_600), "2 hours");
        assert_eq!(of(72 * 3_600), "3 days");
        assert_eq!(span("zh-CN", Duration::from_secs(120)), "2分钟");
    }

    #[test]
    fn every_language_can_say_that_it_did_not_understand() {
        for tag in ["en", "zh-CN", "de"] {
            let said = not_understood(&Language::load(tag).unwrap());
            assert!(!said.is_empty() && !said.contains('{'), "{tag}: {said}");
        }
    }
}
