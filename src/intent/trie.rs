//! A packed trie: words by their characters, each with the values that stand behind it.

/// Words and a number for each, packed: the children of a node lie side by side, sorted.
#[derive(Debug, Default)]
pub(super) struct Trie {
    /// First child, number of children, first value, number of values.
    nodes: Box<[TrieNode]>,
    /// The character that leads to each node.
    labels: Box<[char]>,
    values: Box<[u32]>,
}

#[derive(Debug, Clone, Copy)]
struct TrieNode {
    first: u32,
    value: u32,
    len: u16,
    values: u16,
}

impl Trie {
    /// Calls `found` with length and value of each word that the text begins with, shortest first.
    pub(super) fn walk(&self, text: &[char], mut found: impl FnMut(usize, u32)) {
        let Some(mut node) = self.nodes.first() else { return };
        for (at, c) in text.iter().enumerate() {
            let first = node.first as usize;
            let labels = self.labels.get(first..first + usize::from(node.len)).unwrap_or_default();
            let child = if labels.len() <= 8 {
                labels.iter().position(|label| label == c)
            } else {
                labels.binary_search(c).ok()
            };
            let Some(next) = child.and_then(|child| self.nodes.get(first + child)) else { return };
            node = next;
            let value = node.value as usize;
            for value in self.values.get(value..value + usize::from(node.values)).unwrap_or_default() {
                found(at + 1, *value);
            }
        }
    }
}

/// Collects the words of a [`Trie`].
#[derive(Default)]
pub(super) struct TrieBuilder {
    words: Vec<(Box<[char]>, u32)>,
}

impl TrieBuilder {
    /// Adds a word; empty words are left out.
    pub(super) fn insert(&mut self, word: &[char], value: u32) {
        if !word.is_empty() {
            self.words.push((word.into(), value));
        }
    }

    /// Packs it, level by level. Values of one word keep the order in which they came.
    pub(super) fn finish(mut self) -> Trie {
        self.words.sort_by(|a, b| a.0.cmp(&b.0));
        let mut nodes = vec![TrieNode { first: 0, value: 0, len: 0, values: 0 }];
        let mut labels = vec!['\0'];
        let mut values = Vec::new();
        // Each node of the level, with the words that go through it and how long it is.
        let mut level = vec![(0_usize, 0..self.words.len())];
        let mut depth = 0_usize;
        while !level.is_empty() {
            let mut next = Vec::new();
            for (id, range) in level {
                let mut rest = range.clone();
                let own = values.len();
                while let Some((word, value)) = self.words.get(rest.start).filter(|_| !rest.is_empty())
                    && word.len() == depth
                {
                    values.push(*value);
                    rest.start += 1;
                }
                let first = nodes.len();
                while let Some(label) =
                    self.words.get(rest.start).and_then(|(word, _)| word.get(depth)).copied()
                    && !rest.is_empty()
                {
                    let same = |at: &usize| {
                        self.words.get(*at).and_then(|(word, _)| word.get(depth)) == Some(&label)
                    };
                    let end = rest.clone().find(|at| !same(at)).unwrap_or(rest.end);
                    next.push((nodes.len(), rest.start..end));
                    nodes.push(TrieNode { first: 0, value: 0, len: 0, values: 0 });
                    labels.push(label);
                    rest.start = end;
                }
                let len = u16::try_from(nodes.len() - first).unwrap_or(u16::MAX);
                if let Some(node) = nodes.get_mut(id) {
                    let count = u16::try_from(values.len() - own).unwrap_or(u16::MAX);
                    *node = TrieNode { first: narrow(first), value: narrow(own), len, values: count };
                }
            }
            level = next;
            depth += 1;
        }
        Trie { nodes: nodes.into(), labels: labels.into(), values: values.into() }
    }
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn a_trie_finds_every_prefix() {
        let mut builder = TrieBuilder::default();
        for (value, word) in ["on", "one", "off", "on", "", "three"].into_iter().enumerate() {
            builder.insert(&chars(word), u32::try_from(value).unwrap());
        }
        let trie = builder.finish();
        let mut found = Vec::new();
        trie.walk(&chars("oneself"), |len, value| found.push((len, value)));
        assert_eq!(found, [(2, 0), (2, 3), (3, 1)]);
        found.clear();
        trie.walk(&chars("two"), |len, value| found.push((len, value)));
        assert!(found.is_empty());
        Trie::default().walk(&chars("a"), |_, _| panic!("an empty trie holds nothing"));
    }
}
