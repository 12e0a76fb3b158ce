//! Text as the matcher sees it: one space between words, punctuation at words' ends gone, case folded.
//!
//! Follows hassil's `normalize_for_matching`, step by step, because the order of the steps decides what is
//! left of `A.C.`, `1,5` and `l’entrée`.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Punctuation that is dropped at the ends of words; `-` and `'` belong to words.
const PUNCTUATION: &str = ".。,，?¿？؟!¡！;；:：’…—–―";

/// Whether the character is a space of any kind.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Whether the character is part of a word: letters, numbers and `_`, but no combining marks.
pub(super) fn is_word(c: char) -> bool {
    c == '_' || (c.is_alphanumeric() && !is_combining_mark(c))
}

fn is_punctuation(c: char) -> bool {
    PUNCTUATION.contains(c)
}

/// The one character that stands for all that differ only in case; never more than one, so that positions
/// in the folded and in the spoken text are the same.
pub(super) fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let upper = single(c, c.to_uppercase());
    if upper == 'İ' { 'i' } else { single(upper, upper.to_lowercase()) }
}

fn single(c: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// Ideographs, kana and hangul: scripts that put no space between words.
pub(super) fn is_cjk(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7af}')
}

/// One space for each run of spaces, composed characters, straight apostrophes.
pub(super) fn normalize(text: &str) -> Vec<char> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.nfc() {
        match c {
            c if is_space(c) => {
                if out.last() != Some(&' ') {
                    out.push(' ');
                }
            }
            '’' => out.push('\''),
            c => out.push(c),
        }
    }
    out
}

/// A sentence ready for matching: [`normalize`], punctuation removed, no space at either end.
///
/// hassil goes over it once; here it is done until nothing changes any more, so that a mark standing alone
/// leaves no second space and a sentence that was normalised already stays as it is.
pub(super) fn normalize_for_matching(text: &str) -> Vec<char> {
    let mut out = normalize(text);
    loop {
        let mut next = trim(&remove_punctuation(&out)).to_vec();
        next.dedup_by(|second, first| *second == ' ' && *first == ' ');
        if next.len() == out.len() {
            return out;
        }
        out = next;
    }
}

/// The slice without spaces at either end.
pub(super) fn trim(text: &[char]) -> &[char] {
    let start = text.iter().position(|c| !is_space(*c)).unwrap_or(text.len());
    let end = text.iter().rposition(|c| !is_space(*c)).map_or(start, |last| last + 1);
    text.get(start..end).unwrap_or_default()
}

/// Removes spaces between two ideographs, as scripts without spaces need it.
pub(super) fn remove_cjk_spaces(text: &[char]) -> Vec<char> {
    let mut out: Vec<char> = Vec::with_capacity(text.len());
    for (at, &c) in text.iter().enumerate() {
        let before = out.last().copied().is_some_and(is_cjk);
        let gap = is_space(c) && before;
        if gap && text.iter().skip(at).find(|c| !is_space(**c)).copied().is_some_and(is_cjk) {
            continue;
        }
        out.push(c);
    }
    out
}

/// Removes punctuation at the ends of words and of the whole text. Initialisms keep their dots.
pub(super) fn remove_punctuation(text: &[char]) -> Vec<char> {
    let start = text.iter().position(|c| !is_punctuation(*c)).unwrap_or(text.len());
    let mut out = text.get(start..).unwrap_or_default().to_vec();
    if !ends_with_initialism(&out) {
        let end = out.iter().rposition(|c| !is_punctuation(*c)).map_or(0, |last| last + 1);
        out.truncate(end);
    }
    let not_word = |c: Option<char>| c.is_some_and(|c| !is_word(c));
    let word = |c: Option<char>| c.is_some_and(is_word);
    out = remove_runs(&out, is_punctuation, |text, at| not_word(before(text, at)), word);
    out = remove_runs(&out, |c| c != '.' && is_punctuation(c), |text, at| word(before(text, at)), not_word);
    out = remove_final_periods(&out);
    remove_runs(&out, is_punctuation, |text, at| not_word(before(text, at)), not_word)
}

fn before(text: &[char], at: usize) -> Option<char> {
    text.get(at.checked_sub(1)?).copied()
}

/// Removes each longest run of `set` that may begin where `starts` says and whose next character fits `ends`.
fn remove_runs(
    text: &[char],
    set: impl Fn(char) -> bool,
    starts: impl Fn(&[char], usize) -> bool,
    ends: impl Fn(Option<char>) -> bool,
) -> Vec<char> {
    if !text.iter().any(|c| set(*c)) {
        return text.to_vec();
    }
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&c) = text.get(at) {
        let run = text.iter().skip(at).take_while(|c| set(**c)).count();
        let end = if run > 0 && starts(text, at) {
            // A shorter run may fit where the longest does not.
            (1..=run).rev().map(|len| at + len).find(|end| ends(text.get(*end).copied()))
        } else {
            None
        };
        if let Some(end) = end {
            at = end;
        } else {
            out.push(c);
            at += 1;
        }
    }
    out
}

/// Removes a period before a space or mark, unless it ends an initialism such as `A.C.`.
fn remove_final_periods(text: &[char]) -> Vec<char> {
    let word = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(|c| is_word(*c));
    let initialism = |at: usize| {
        word(at.checked_sub(1))
            && at.checked_sub(2).and_then(|at| text.get(at)) == Some(&'.')
            && word(at.checked_sub(3))
    };
    let ends = |at: usize| text.get(at + 1).is_some_and(|c| !is_word(*c));
    let keep = |&(at, c): &(usize, &char)| *c != '.' || !ends(at) || initialism(at);
    text.iter().enumerate().filter(keep).map(|(_, c)| *c).collect()
}

/// Whether the text ends with two or more single letters, each with a period.
fn ends_with_initialism(text: &[char]) -> bool {
    let mut end = text.len();
    let mut pairs = 0;
    while let [.., letter, '.'] = text.get(..end).unwrap_or_default()
        && is_word(*letter)
    {
        end -= 2;
        pairs += 1;
        let starts_word = !before(text, end).is_some_and(is_word);
        if pairs >= 2 && starts_word {
            return true;
        }
    }
    false
}

/// One form of the sentence that templates are tried on.
#[derive(Debug)]
pub(super) struct Text {
    /// As spoken.
    spoken: Vec<char>,
    /// Case folded, same positions.
    folded: Vec<char>,
    /// Folded, with hyphens and underscores read as spaces.
    broken: Vec<char>,
    last_hyphen: Option<usize>,
}

impl Text {
    /// Takes what [`normalize_for_matching`] made, with or without skip words.
    pub(super) fn new(mut spoken: Vec<char>, ignore_whitespace: bool) -> Self {
        if ignore_whitespace {
            spoken = remove_cjk_spaces(&spoken);
        } else {
            // A word boundary after the last word, so that templates may end with a space.
            spoken.push(' ');
        }
        Self::raw(spoken)
    }

    /// Takes the text as it is.
    pub(super) fn raw(spoken: Vec<char>) -> Self {
        let folded: Vec<char> = spoken.iter().copied().map(fold).collect();
        let broken = folded.iter().map(|&c| if is_hyphen(c) { ' ' } else { c }).collect();
        let last_hyphen = folded.iter().rposition(|c| is_hyphen(*c));
        Self { spoken, folded, broken, last_hyphen }
    }

    pub(super) fn len(&self) -> usize {
        self.folded.len()
    }

    /// The folded text, hyphens read as spaces if so wished.
    pub(super) fn folded(&self, broken: bool) -> &[char] {
        if broken { &self.broken } else { &self.folded }
    }

    /// Whether words from here on could still be broken apart at a hyphen.
    pub(super) fn has_hyphen_from(&self, at: usize) -> bool {
        self.last_hyphen.is_some_and(|last| last >= at)
    }

    /// What was said between two positions.
    pub(super) fn spoken(&self, start: usize, end: usize, broken: bool) -> Vec<char> {
        let part = self.spoken.get(start..end).unwrap_or_default();
        part.iter().map(|&c| if broken && is_hyphen(c) { ' ' } else { c }).collect()
    }
}

fn is_hyphen(c: char) -> bool {
    c == '-' || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(text: &str) -> String {
        normalize_for_matching(text).into_iter().collect()
    }

    #[test]
    fn punctuation_goes_where_words_end() {
        assert_eq!(ready("  Turn on, the lights!  "), "Turn on the lights");
        assert_eq!(ready("打开客厅的灯。"), "打开客厅的灯");
        assert_eq!(ready("turn on the A.C."), "turn on the A.C.");
        assert_eq!(ready("set 20.5 degrees."), "set 20.5 degrees");
        assert_eq!(ready("¿Qué hora es?"), "Qué hora es");
        assert_eq!(ready("nell’ingresso"), "nell'ingresso");
        assert_eq!(ready("we are going to bed—"), "we are going to bed");
        assert_eq!(ready("...!?"), "");
    }

    #[test]
    fn normalising_twice_changes_nothing_more() {
        for text in ["a , b", "A.C. on.", "x..y ..z", "、 。a", "l’ombre"] {
            assert_eq!(ready(&ready(text)), ready(text), "{text:?}");
        }
    }

    #[test]
    fn spaces_between_ideographs_are_dropped_and_others_stay() {
        let cleaned: String =
            remove_cjk_spaces(&"打 开 Taylor Swift 的 歌".chars().collect::<Vec<_>>()).iter().collect();
        assert_eq!(cleaned, "打开 Taylor Swift 的歌");
    }

    #[test]
    fn folding_keeps_one_character() {
        assert_eq!(fold('İ'), 'i');
        assert_eq!(fold('ς'), fold('Σ'));
        assert_eq!(fold('ß'), 'ß');
        assert_eq!(fold('Ä'), 'ä');
    }
}
