//! Numbers as words, in the language of the sentence.

use std::collections::HashMap;

use super::text::{fold, normalize};
use super::trie::{Trie, TrieBuilder};

/// The words of a language's numbers.
#[derive(Debug, Default)]
pub(super) struct NumberWords {
    trie: Trie,
    numbers: Box<[f64]>,
}

impl NumberWords {
    /// Reads an object from number to its words.
    pub(super) fn parse(json: &str) -> Result<Self, serde_json::Error> {
        if json.trim().is_empty() {
            return Ok(Self::default());
        }
        let words: HashMap<String, Vec<String>> = serde_json::from_str(json)?;
        let parsed = words.iter().filter_map(|(number, words)| Some((number.parse::<f64>().ok()?, words)));
        let mut sorted: Vec<_> = parsed.collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut trie = TrieBuilder::default();
        for (index, (_, words)) in sorted.iter().enumerate() {
            for word in *words {
                let folded: Vec<char> = normalize(word).into_iter().map(fold).collect();
                trie.insert(&folded, u32::try_from(index).unwrap_or(u32::MAX));
            }
        }
        Ok(Self { trie: trie.finish(), numbers: sorted.iter().map(|(number, _)| *number).collect() })
    }

    /// Calls `found` with length and value of each number that the text begins with, shortest first.
    pub(super) fn walk(&self, text: &[char], mut found: impl FnMut(usize, f64)) {
        self.trie.walk(text, |len, index| {
            if let Some(number) = self.numbers.get(index as usize) {
                found(len, *number);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_numbers() {
        let words =
            NumberWords::parse(r#"{"2.5": ["two point five"], "2": ["two"], "20": ["Twenty"]}"#).unwrap();
        let mut found = Vec::new();
        words.walk(&"two point five".chars().collect::<Vec<_>>(), |len, number| found.push((len, number)));
        assert_eq!(found, [(3, 2.0), (14, 2.5)]);
        assert!(NumberWords::parse("").is_ok());
    }
}
