//! Topics and filters: what MQTT 3.1.1 allows (section 4.7), and which filter takes which topic.

use std::collections::HashMap;

/// Longest topic or filter in bytes: MQTT writes its length in two.
const MAX_BYTES: usize = 65_535;
/// Deepest topic that the hub takes; the specification has no limit, but nothing real comes near it.
const MAX_LEVELS: usize = 128;

/// Why a text is no topic or filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TopicError {
    /// Nothing is there.
    #[error("it is empty")]
    Empty,
    /// More than 65,535 bytes or 128 levels.
    #[error("it is longer than 65535 bytes or deeper than 128 levels")]
    TooLong,
    /// `+` and `#` are for filters.
    #[error("it holds a wildcard (+ or #)")]
    Wildcard,
    /// A wildcard does not fill its level, or `#` is not the last one.
    #[error("a wildcard must fill its whole level, and # must be the last one")]
    MisplacedWildcard,
    /// MQTT forbids the null character; other control characters only hide what a topic is.
    #[error("it holds a control character")]
    ControlCharacter,
    /// Topics that start with `$` belong to the broker.
    #[error("topics that start with $ belong to the broker")]
    Reserved,
}

fn check(text: &str) -> Result<(), TopicError> {
    if text.is_empty() {
        return Err(TopicError::Empty);
    }
    if text.len() > MAX_BYTES || text.bytes().filter(|byte| *byte == b'/').count() >= MAX_LEVELS {
        return Err(TopicError::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(TopicError::ControlCharacter);
    }
    Ok(())
}

/// Checks a topic to publish to, or one that a message came on.
///
/// # Errors
/// [`TopicError`] says what is wrong with it.
pub fn check_topic(topic: &str) -> Result<(), TopicError> {
    check(topic)?;
    if topic.contains(['+', '#']) {
        return Err(TopicError::Wildcard);
    }
    if topic.starts_with('$') {
        return Err(TopicError::Reserved);
    }
    Ok(())
}

/// Checks a filter to subscribe to.
///
/// # Errors
/// [`TopicError`] says what is wrong with it.
pub fn check_filter(filter: &str) -> Result<(), TopicError> {
    check(filter)?;
    if filter.starts_with('$') {
        return Err(TopicError::Reserved);
    }
    let mut levels = filter.split('/').peekable();
    while let Some(level) = levels.next() {
        let lone = level == "+" || (level == "#" && levels.peek().is_none());
        if level.contains(['+', '#']) && !lone {
            return Err(TopicError::MisplacedWildcard);
        }
    }
    Ok(())
}

/// Whether a filter takes a topic. Both must have been checked.
#[must_use]
pub fn matches(filter: &str, topic: &str) -> bool {
    if topic.starts_with('$') != filter.starts_with('$') {
        return false;
    }
    let mut topics = topic.split('/');
    for level in filter.split('/') {
        match (level, topics.next()) {
            // `a/#` takes `a` as well as everything below it.
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (level, Some(part)) if level == part => {}
            _ => return false,
        }
    }
    topics.next().is_none()
}

/// A set of filters that can say quickly whether any of them takes a topic.
///
/// Filters without wildcards (nearly all of them in a home) cost one look into a table, whatever their number.
#[derive(Debug, Default)]
pub struct Filters {
    root: Node,
    len: usize,
}

#[derive(Debug, Default)]
struct Node {
    children: HashMap<Box<str>, Node>,
    ends_here: bool,
}

impl Filters {
    /// Adds a filter; false when it was there already.
    pub fn insert(&mut self, filter: &str) -> bool {
        let mut node = &mut self.root;
        for level in filter.split('/') {
            node = node.children.entry(level.into()).or_default();
        }
        let new = !std::mem::replace(&mut node.ends_here, true);
        self.len += usize::from(new);
        new
    }

    /// Takes a filter out; false when it was not there.
    pub fn remove(&mut self, filter: &str) -> bool {
        let removed = Self::remove_below(&mut self.root, filter.split('/'));
        self.len -= usize::from(removed);
        removed
    }

    fn remove_below<'a>(node: &mut Node, mut levels: impl Iterator<Item = &'a str>) -> bool {
        let Some(level) = levels.next() else {
            return std::mem::replace(&mut node.ends_here, false);
        };
        let Some(child) = node.children.get_mut(level) else { return false };
        let removed = Self::remove_below(child, levels);
        if removed && !child.ends_here && child.children.is_empty() {
            node.children.remove(level);
        }
        removed
    }

    /// Whether any filter takes the topic.
    #[must_use]
    pub fn matches(&self, topic: &str) -> bool {
        let reserved = topic.starts_with('$');
        Self::matches_below(&self.root, Some(topic), reserved)
    }

    fn matches_below(node: &Node, rest: Option<&str>, reserved: bool) -> bool {
        let wildcard = |name: &str| if reserved { None } else { node.children.get(name) };
        if wildcard("#").is_some_and(|child| child.ends_here) {
            return true;
        }
        let Some(rest) = rest else { return node.ends_here };
        let (level, rest) = match rest.split_once('/') {
            Some((level, rest)) => (level, Some(rest)),
            None => (rest, None),
        };
        // Only the first level of a topic can be the broker's own.
        [node.children.get(level), wildcard("+")]
            .into_iter()
            .flatten()
            .any(|child| Self::matches_below(child, rest, false))
    }

    /// Every filter, in no particular order.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        let mut found = Vec::with_capacity(self.len);
        Self::collect(&self.root, None, &mut found);
        found
    }

    fn collect(node: &Node, path: Option<&str>, found: &mut Vec<String>) {
        if let (true, Some(path)) = (node.ends_here, path) {
            found.push(path.to_owned());
        }
        for (level, child) in &node.children {
            let below = path.map_or_else(|| level.to_string(), |path| format!("{path}/{level}"));
            Self::collect(child, Some(&below), found);
        }
    }

    /// How many filters there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_of_the_specification_hold() {
        for (filter, topic, expected) in [
            ("sport/tennis/player1/#", "sport/tennis/player1", true),
            ("sport/tennis/player1/#", "sport/tennis/player1/ranking", true),
            ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true),
            ("sport/#", "sport", true),
            ("sport/tennis/+", "sport/tennis/player1", true),
            ("sport/tennis/+", "sport/tennis/player1/ranking", false),
            ("sport/+", "sport", false),
            ("sport/+", "sport/", true),
            ("+/+", "/finance", true),
            ("/+", "/finance", true),
            ("+", "/finance", false),
            ("#", "$SYS/broker", false),
            ("+/monitor/Clients", "$SYS/monitor/Clients", false),
            ("a/b", "a/B", false),
        ] {
            assert_eq!(matches(filter, topic), expected, "{filter} {topic}");
            let mut filters = Filters::default();
            assert!(filters.insert(filter));
            assert_eq!(filters.matches(topic), expected, "{filter} {topic} in a set");
        }
    }

    #[test]
    fn what_is_no_topic_is_refused() {
        for (topic, why) in [
            ("", TopicError::Empty),
            ("a/+/b", TopicError::Wildcard),
            ("a#", TopicError::Wildcard),
            ("a\0b", TopicError::ControlCharacter),
            ("a\nb", TopicError::ControlCharacter),
            ("$SYS/uptime", TopicError::Reserved),
        ] {
            assert_eq!(check_topic(topic), Err(why), "{topic:?}");
        }
        assert_eq!(check_topic(&"x".repeat(65_536)), Err(TopicError::TooLong));
        assert_eq!(check_topic(&"/".repeat(200)), Err(TopicError::TooLong));
        for topic in ["客厅/灯", "a b", "/", "/a", "zigbee2mqtt/0x00158d/set"] {
            assert_eq!(check_topic(topic), Ok(()), "{topic:?}");
        }
        for filter in ["a/#/b", "a#", "a+/b", "#/a"] {
            assert_eq!(check_filter(filter), Err(TopicError::MisplacedWildcard), "{filter:?}");
        }
        for filter in ["#", "+", "a/+/b", "homeassistant/#", "+/#"] {
            assert_eq!(check_filter(filter), Ok(()), "{filter:?}");
        }
    }

    fn level() -> impl Strategy<Value = String> {
        prop_oneof![Just(String::new()), "[ab]{1,2}"]
    }

    fn topic() -> impl Strategy<Value = String> {
        prop::collection::vec(level(), 1..5).prop_map(|levels| levels.join("/"))
    }

    fn filter() -> impl Strategy<Value = String> {
        let part = prop_oneof![3 => level(), 1 => Just("+".to_owned())];
        (prop::collection::vec(part, 0..4), any::<bool>())
            .prop_map(|(mut levels, open)| {
                if open || levels.is_empty() {
                    levels.push("#".to_owned());
                }
                levels.join("/")
            })
            .prop_filter("empty", |filter| !filter.is_empty())
    }

    proptest! {
        #[test]
        fn a_set_matches_what_one_of_its_filters_matches(
            filters in prop::collection::vec(filter(), 0..8),
            topic in topic(),
        ) {
            let mut set = Filters::default();
            for filter in &filters {
                set.insert(filter);
            }
            prop_assert_eq!(set.matches(&topic), filters.iter().any(|filter| matches(filter, &topic)));
        }

        #[test]
        fn a_topic_matches_itself_and_everything(topic in topic()) {
            prop_assert!(matches(&topic, &topic));
            prop_assert!(matches("#", &topic));
        }

        #[test]
        fn what_is_removed_is_gone(filters in prop::collection::btree_set(filter(), 1..8)) {
            let mut set = Filters::default();
            for filter in &filters {
                prop_assert!(set.insert(filter));
                prop_assert!(!set.insert(filter));
            }
            let mut all = set.all();
            all.sort();
            prop_assert_eq!(&all, &filters.iter().cloned().collect::<Vec<_>>());
            prop_assert_eq!(set.len(), filters.len());
            for filter in &filters {
                prop_assert!(set.remove(filter));
                prop_assert!(!set.remove(filter));
            }
            prop_assert!(set.is_empty());
            prop_assert!(set.root.children.is_empty());
        }
    }
}
