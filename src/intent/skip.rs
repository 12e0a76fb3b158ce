//! Taking out words that mean nothing ("please"), which each language lists.

use super::text::{fold, is_space, is_word, remove_punctuation, trim};

/// Where words may be taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    Anywhere,
    Start,
    End,
}

/// The text without the skip words (folded, longest first). In scripts without spaces a word may stand
/// inside others.
pub(super) fn without(text: &[char], words: &[Box<[char]>], glued: bool, place: Where) -> Vec<char> {
    let mut out = text.to_vec();
    if words.is_empty() {
        return out;
    }
    loop {
        let folded: Vec<char> = out.iter().copied().map(fold).collect();
        let shorter = match place {
            Where::Anywhere => return anywhere(&out, &folded, words, glued),
            Where::Start => at_start(&out, &folded, words, glued),
            Where::End => at_end(&out, &folded, words, glued),
        };
        match shorter {
            Some(shorter) if shorter.len() < out.len() => out = shorter,
            _ => return out,
        }
    }
}

/// The text without the words that mean nothing at its start and at its end, and the marks between them.
pub(super) fn without_courtesy(text: &[char], ends: &[Box<[Box<[char]>]>; 2], glued: bool) -> Vec<char> {
    let [start, end] = ends;
    let mut out = text.to_vec();
    loop {
        let shorter = without(&out, start, glued, Where::Start);
        let shorter = without(&shorter, end, glued, Where::End);
        let shorter = trim(&remove_punctuation(&shorter)).to_vec();
        if shorter.len() == out.len() {
            return out;
        }
        out = shorter;
    }
}

fn starts_with(folded: &[char], at: usize, word: &[char]) -> bool {
    folded.get(at..).is_some_and(|rest| rest.starts_with(word))
}

fn word_at(folded: &[char], at: Option<usize>) -> bool {
    at.and_then(|at| folded.get(at)).is_some_and(|c| is_word(*c))
}

fn anywhere(text: &[char], folded: &[char], words: &[Box<[char]>], glued: bool) -> Vec<char> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&c) = text.get(at) {
        let free = glued || !word_at(folded, at.checked_sub(1));
        let fits = |word: &&[char]| {
            starts_with(folded, at, word) && (glued || !word_at(folded, Some(at + word.len())))
        };
        match words.iter().map(|word| &**word).find(fits).filter(|_| free) {
            Some(word) => {
                at += word.len();
                if !glued {
                    out.push(' ');
                }
            }
            None => {
                out.push(c);
                at += 1;
            }
        }
    }
    if glued { out } else { tidy(&out) }
}

fn at_start(text: &[char], folded: &[char], words: &[Box<[char]>], glued: bool) -> Option<Vec<char>> {
    let start = if glued { 0 } else { folded.iter().position(|c| !is_space(*c))? };
    let fits = |word: &&[char]| {
        starts_with(folded, start, word) && (glued || !word_at(folded, Some(start + word.len())))
    };
    let rest = text.get(start + words.iter().map(|word| &**word).find(fits)?.len()..)?;
    Some(if glued { rest.to_vec() } else { tidy(rest) })
}

fn at_end(text: &[char], folded: &[char], words: &[Box<[char]>], glued: bool) -> Option<Vec<char>> {
    let end = if glued { folded.len() } else { folded.iter().rposition(|c| !is_space(*c))? + 1 };
    let fits = |word: &&[char]| {
        let start = end.checked_sub(word.len());
        start.is_some_and(|start| {
            starts_with(folded, start, word) && (glued || !word_at(folded, start.checked_sub(1)))
        })
    };
    let rest = text.get(..end - words.iter().map(|word| &**word).find(fits)?.len())?;
    Some(if glued { rest.to_vec() } else { tidy(rest) })
}

/// One space between words and none at the ends.
fn tidy(text: &[char]) -> Vec<char> {
    let mut out: Vec<char> = trim(text).to_vec();
    out.dedup_by(|second, first| is_space(*second) && is_space(*first));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, words: &[&str], glued: bool, place: Where) -> String {
        let words: Vec<Box<[char]>> = words.iter().map(|word| word.chars().collect()).collect();
        without(&text.chars().collect::<Vec<_>>(), &words, glued, place).into_iter().collect()
    }

    #[test]
    fn only_whole_words_go_where_words_have_spaces() {
        assert_eq!(
            run("Please turn on pleasemore please", &["please"], false, Where::Anywhere),
            "turn on pleasemore"
        );
        assert_eq!(run("please please add please", &["please"], false, Where::Start), "add please");
        assert_eq!(run("please add please please", &["please"], false, Where::End), "please add");
        assert_eq!(run("please", &["please"], false, Where::Start), "");
    }

    #[test]
    fn words_inside_others_go_where_there_are_no_spaces() {
        assert_eq!(run("请问打开灯谢谢", &["请问", "谢谢"], true, Where::Anywhere), "打开灯");
        assert_eq!(run("请问打开灯谢谢", &["请问", "谢谢"], true, Where::Start), "打开灯谢谢");
        assert_eq!(run("请问打开灯谢谢", &["请问", "谢谢"], true, Where::End), "请问打开灯");
    }
}
