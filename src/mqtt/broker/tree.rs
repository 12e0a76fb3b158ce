//! Topics as a tree, one level of a topic for each level of the tree.

use std::collections::HashMap;

/// Values at topics (retained messages) or at filters (subscriptions).
#[derive(Debug)]
pub(super) struct Tree<T> {
    children: HashMap<Box<str>, Tree<T>>,
    value: Option<T>,
}

impl<T> Default for Tree<T> {
    fn default() -> Self {
        Self { children: HashMap::new(), value: None }
    }
}

fn split(path: &str) -> (&str, Option<&str>) {
    path.split_once('/').map_or((path, None), |(level, rest)| (level, Some(rest)))
}

impl<T> Tree<T> {
    /// The place of a topic or filter, made when it is not there.
    pub(super) fn entry(&mut self, path: &str) -> &mut Option<T> {
        let mut node = self;
        for level in path.split('/') {
            // Looked up first: most paths are there, and a key would be allocated for nothing.
            if !node.children.contains_key(level) {
                node.children.insert(level.into(), Self::default());
            }
            node = node.children.entry(level.into()).or_default();
        }
        &mut node.value
    }

    pub(super) fn get_mut(&mut self, path: &str) -> Option<&mut T> {
        let mut node = self;
        for level in path.split('/') {
            node = node.children.get_mut(level)?;
        }
        node.value.as_mut()
    }

    /// Takes a value out, and the branches that lead nowhere then.
    pub(super) fn remove(&mut self, path: &str) -> Option<T> {
        self.remove_below(Some(path))
    }

    fn remove_below(&mut self, path: Option<&str>) -> Option<T> {
        let Some(path) = path else { return self.value.take() };
        let (level, rest) = split(path);
        let child = self.children.get_mut(level)?;
        let removed = child.remove_below(rest);
        if child.value.is_none() && child.children.is_empty() {
            self.children.remove(level);
            if self.children.is_empty() {
                self.children.shrink_to_fit();
            }
        }
        removed
    }

    /// In a tree of filters: the value of every filter that takes the topic.
    pub(super) fn for_topic<'a>(&'a self, topic: &str, found: &mut impl FnMut(&'a T)) {
        self.for_topic_below(Some(topic), topic.starts_with('$'), found);
    }

    fn for_topic_below<'a>(&'a self, rest: Option<&str>, reserved: bool, found: &mut impl FnMut(&'a T)) {
        let wildcard = |name: &str| if reserved { None } else { self.children.get(name) };
        if let Some(value) = wildcard("#").and_then(|child| child.value.as_ref()) {
            found(value);
        }
        let Some(rest) = rest else {
            self.value.iter().for_each(found);
            return;
        };
        let (level, rest) = split(rest);
        for child in [self.children.get(level), wildcard("+")].into_iter().flatten() {
            child.for_topic_below(rest, false, found);
        }
    }

    /// In a tree of topics: the value of every topic that the filter takes.
    pub(super) fn for_filter<'a>(&'a self, filter: &str, found: &mut impl FnMut(&'a T)) {
        self.for_filter_below(Some(filter), true, found);
    }

    fn for_filter_below<'a>(&'a self, rest: Option<&str>, first: bool, found: &mut impl FnMut(&'a T)) {
        let Some(rest) = rest else {
            self.value.iter().for_each(found);
            return;
        };
        let (level, rest) = split(rest);
        let open = |name: &str| !(first && name.starts_with('$'));
        match level {
            "#" => {
                self.value.iter().for_each(&mut *found);
                for (_, child) in self.children.iter().filter(|(name, _)| open(name)) {
                    child.for_filter_below(Some("#"), false, found);
                }
            }
            "+" => {
                for (_, child) in self.children.iter().filter(|(name, _)| open(name)) {
                    child.for_filter_below(rest, false, found);
                }
            }
            level => {
                if let Some(child) = self.children.get(level) {
                    child.for_filter_below(rest, false, found);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::super::topics;
    use super::*;

    fn paths(wildcards: bool) -> impl Strategy<Value = BTreeSet<String>> {
        let level = if wildcards { "[ab]|[+]|" } else { "[ab$]|" };
        let path = (prop::collection::vec(level, 1..4), any::<bool>()).prop_map(move |(mut levels, open)| {
            if wildcards && open {
                levels.push("#".to_owned());
            }
            levels.join("/")
        });
        prop::collection::btree_set(path.prop_filter("empty", |path| !path.is_empty()), 1..8)
    }

    proptest! {
        #[test]
        fn both_trees_agree_with_matching(filters in paths(true), topics in paths(false)) {
            let (mut by_filter, mut by_topic) = (Tree::default(), Tree::default());
            for filter in &filters {
                *by_filter.entry(filter) = Some(filter.clone());
            }
            for topic in &topics {
                *by_topic.entry(topic) = Some(topic.clone());
            }
            for topic in &topics {
                let mut found = BTreeSet::new();
                by_filter.for_topic(topic, &mut |filter: &String| assert!(found.insert(filter.clone())));
                let expected: BTreeSet<_> =
                    filters.iter().filter(|filter| topics::matches(filter, topic)).cloned().collect();
                prop_assert_eq!(found, expected, "{}", topic);
            }
            for filter in &filters {
                let mut found = BTreeSet::new();
                by_topic.for_filter(filter, &mut |topic: &String| assert!(found.insert(topic.clone())));
                let expected: BTreeSet<_> =
                    topics.iter().filter(|topic| topics::matches(filter, topic)).cloned().collect();
                prop_assert_eq!(found, expected, "{}", filter);
            }
            for filter in &filters {
                prop_assert_eq!(by_filter.remove(filter), Some(filter.clone()));
                prop_assert_eq!(by_filter.remove(filter), None);
            }
            prop_assert!(by_filter.children.is_empty());
        }
    }
}
