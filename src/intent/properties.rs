//! What holds for every template and every sentence.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use proptest::sample::Index;

use super::matcher::BUDGET;
use super::test_home::TestHome;
use super::text::normalize_for_matching;
use super::{Language, MAX_CHARS, Matcher};
use crate::model::SlotValue;

/// A piece of a template, and how to say it.
#[derive(Debug, Clone)]
enum Part {
    Word(String),
    AnyOf(Vec<Vec<Self>>),
    Optional(Vec<Self>),
    Shuffled(Vec<Vec<Self>>),
    Color,
    Percent(u8),
    Rule,
}

fn part() -> impl Strategy<Value = Part> {
    let leaf = prop_oneof![
        4 => "[a-z]{1,4}|[äöéßışğ]{1,3}|it's".prop_map(Part::Word),
        1 => Just(Part::Color),
        1 => (0_u8..=100).prop_map(Part::Percent),
        1 => Just(Part::Rule),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let line = prop::collection::vec(inner, 1..4);
        let lines = prop::collection::vec(line.clone(), 1..4);
        prop_oneof![
            lines.clone().prop_map(Part::AnyOf),
            line.prop_map(Part::Optional),
            lines.prop_map(Part::Shuffled),
        ]
    })
}

fn template(parts: &[Part]) -> String {
    let all = |lines: &[Vec<Part>], mark: &str| {
        lines.iter().map(|line| template(line)).collect::<Vec<_>>().join(mark)
    };
    let one = |part: &Part| match part {
        Part::Word(word) => word.clone(),
        Part::AnyOf(lines) => format!("({})", all(lines, "|")),
        Part::Optional(line) => format!("[{}]", template(line)),
        Part::Shuffled(lines) => format!("({})", all(lines, ";")),
        Part::Color => "{color}".to_owned(),
        Part::Percent(_) => "{percent}".to_owned(),
        Part::Rule => "<rule>".to_owned(),
    };
    parts.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// One way of saying the parts, by choices that are used up in turn.
fn say(parts: &[Part], choices: &mut impl Iterator<Item = Index>, out: &mut String) {
    for part in parts {
        let choice = choices.next().expect("choices never end");
        match part {
            Part::Word(word) => *out += word,
            Part::AnyOf(lines) => say(&lines[choice.index(lines.len())], choices, out),
            Part::Optional(line) => {
                if choice.index(2) == 0 {
                    say(line, choices, out);
                }
            }
            Part::Shuffled(lines) => {
                let first = choice.index(lines.len());
                for offset in 0..lines.len() {
                    say(&lines[(first + offset) % lines.len()], choices, out);
                }
            }
            Part::Color => *out += ["red", "Dark Blue", "greenish"][choice.index(3)],
            Part::Percent(percent) => write!(out, "{percent}").unwrap(),
            Part::Rule => *out += ["the rule", "rules"][choice.index(2)],
        }
        out.push(' ');
    }
}

fn matcher(sentence: &str) -> Matcher {
    let document = serde_json::json!({
        "language": "xx",
        "intents": {"Test": {"data": [{"sentences": [sentence], "slots": {"domain": "light"}}]}},
        "lists": {
            "color": {"values": [{"in": "red", "out": "r"}, "dark blue", {"in": "green[ish]", "out": "g"}]},
            "percent": {"range": {"from": 0, "to": 100}},
        },
        "expansion_rules": {"rule": "(the rule|rule[s])"},
    });
    let language = Language::parse(&document.to_string(), "", "").unwrap();
    Matcher::new(Arc::new(language), &TestHome::new().view())
}

/// Every language, in a home of 500 entities.
static ALL: LazyLock<Vec<Matcher>> = LazyLock::new(|| {
    let home = TestHome::of_size(500);
    Language::available().iter().map(|tag| Matcher::new(Language::load(tag).unwrap(), &home.view())).collect()
});

static REAL: LazyLock<Vec<Matcher>> = LazyLock::new(|| {
    let home = TestHome::new();
    ["en", "zh-CN", "de"].iter().map(|tag| Matcher::new(Language::load(tag).unwrap(), &home.view())).collect()
});

/// Words that the templates know, in no order.
fn jumble() -> impl Strategy<Value = String> {
    let words = "turn on off the all lights light in my to add list set timer for five minutes 50 % and play \
                 broadcast that is are how many open close brightness temperature here - _ ' . 打开 关闭 客厅 的 \
                 灯 亮度 调到 百分之 五十 把 添加 到 购物清单 计时器 分钟 设置 schalte das licht im ein aus";
    let words: Vec<&str> = words.split_whitespace().collect();
    prop::collection::vec((prop::sample::select(words), any::<bool>()), 0..200).prop_map(|picked| {
        let mut text = String::new();
        for (word, space) in picked {
            text += word;
            if space {
                text.push(' ');
            }
        }
        text.chars().take(MAX_CHARS).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_a_template_can_say_it_understands(
        parts in prop::collection::vec(part(), 1..5),
        choices in prop::collection::vec(any::<Index>(), 64),
    ) {
        let template = template(&parts);
        let mut said = String::new();
        say(&parts, &mut choices.into_iter().cycle(), &mut said);
        prop_assume!(!said.trim().is_empty() && said.chars().count() < MAX_CHARS);
        let found = matcher(&template).recognize(&said, None);
        let found = found.map_err(|_| TestCaseError::fail(format!("{template:?} does not take {said:?}")))?;
        prop_assert_eq!(&found.intent.slots["domain"], &SlotValue::Text("light".to_owned()));
    }

    #[test]
    fn normalising_again_changes_nothing(text in "\\PC{0,60}|[a-z .,'’。…-]{0,40}") {
        let once: String = normalize_for_matching(&text).into_iter().collect();
        let twice: String = normalize_for_matching(&once).into_iter().collect();
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn no_sentence_makes_it_stumble(text in any::<String>()) {
        for matcher in REAL.iter() {
            // Whether it is understood does not matter here.
            let _ = matcher.recognize(&text, None);
        }
    }

    #[test]
    fn no_sentence_takes_long(text in jumble()) {
        for matcher in REAL.iter() {
            let mut budget = BUDGET;
            let _ = matcher.recognize_within(&text, Some("Kitchen"), &mut budget);
            prop_assert!(budget > BUDGET / 2, "{} steps for {text:?}", BUDGET - budget);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// The longest sentences that are allowed, made of the language's own words and the home's names.
    #[test]
    fn no_language_goes_beyond_its_budget(picks in prop::collection::vec(any::<Index>(), 150)) {
        for matcher in ALL.iter() {
            let words = matcher.vocabulary();
            let mut text = String::new();
            for pick in &picks {
                text += &words[pick.index(words.len())];
                text.push(' ');
            }
            let text: String = text.chars().take(MAX_CHARS).collect();
            let mut budget = BUDGET;
            let _ = matcher.recognize_within(&text, Some("Kitchen"), &mut budget);
            prop_assert!(budget > 0, "{} is at its end with {text:?}", matcher.language().tag());
        }
    }
}

#[test]
fn what_is_offered_is_understood() {
    let mistyped = [
        "turn on the kichen light",
        "set a timr for 5 minutes",
        "add milk to the shoping list",
        "what tme is it",
        "open the curtins",
        "how many lights are onn",
        "打开客厅的登",
        "把牛奶加到购物青单",
        "设置5分钟的记时器",
        "陈列灯打开",
        "schalte das licht in der küche am",
        "stelle einen timer auf 5 minuten bitte sehr",
    ];
    for matcher in ALL.iter().chain(REAL.iter()) {
        for text in mistyped {
            for offer in matcher.recognize(text, None).err().unwrap_or_default().nearest {
                let tag = matcher.language().tag();
                assert!(matcher.recognize(&offer, None).is_ok(), "{tag}: {offer:?} is offered for {text:?}");
            }
        }
    }
}

#[test]
fn contexts_are_asked_for_and_excluded() {
    let document = serde_json::json!({
        "language": "xx",
        "intents": {
            "Near": {"data": [{"sentences": ["where am i"], "requires_context": {"area": {"slot": "place"}}}]},
            "Far": {"data": [{"sentences": ["where am i"], "excludes_context": {"area": "Kitchen"}}]},
            "Only": {"data": [{"sentences": ["pick {thing}"], "requires_context": {"kind": ["fruit", "nut"]}}]},
            "Not": {"data": [{"sentences": ["take {thing}"], "excludes_context": {"kind": "fruit"}}]},
            "Own": {"data": [{
                "sentences": ["<own> {mine}"],
                "lists": {"mine": {"values": ["one", "two"]}},
                "expansion_rules": {"own": "(count|say)"},
            }]},
        },
        "lists": {"thing": {"values": [
            {"in": "apple", "out": "apple", "context": {"kind": "fruit"}},
            {"in": "spoon", "out": "spoon", "context": {"kind": "tool"}},
            {"in": "stone", "out": "stone"},
        ]}},
        "skip_words": ["please"],
    });
    let language = Arc::new(Language::parse(&document.to_string(), "", "").unwrap());
    let matcher = Matcher::new(language, &TestHome::new().view());
    let intent = |text: &str, area| matcher.recognize_near(text, area).ok().map(|found| found.intent);
    let near = intent("Where am I?", Some("Kitchen")).unwrap();
    assert_eq!((near.name.as_str(), near.slots["place"].as_text()), ("Near", Some("Kitchen")));
    assert_eq!(intent("where am i", None).unwrap().name, "Far");
    assert_eq!(intent("pick apple please", None).unwrap().name, "Only");
    assert!(intent("pick spoon", None).is_none() && intent("pick stone", None).is_none());
    assert!(intent("take apple", None).is_none());
    assert_eq!(intent("take spoon", None).unwrap().name, "Not");
    assert_eq!(intent("count two", None).unwrap().slots["mine"].as_text(), Some("two"));
}

#[test]
fn a_longer_sentence_than_allowed_is_refused() {
    let matcher = matcher("a");
    let error = matcher.recognize(&"a".repeat(MAX_CHARS + 1), None).unwrap_err();
    assert!(error.too_long && error.to_string().contains("400"));
    assert!(!matcher.recognize(&"a".repeat(MAX_CHARS), None).unwrap_err().too_long);
}

#[test]
fn what_is_nearly_right_is_offered() {
    let matcher = REAL.first().unwrap();
    let error = matcher.recognize("set a timr for 5 minutes", None).unwrap_err();
    assert!(error.nearest.iter().any(|text| text == "set a timer for 5 minutes"), "{error:?}");
    assert!(matcher.recognize("colorless green ideas", None).unwrap_err().nearest.len() <= 3);
}
