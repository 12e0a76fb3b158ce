//! The sentence-template language: `(a|b)`, `[optional]`, `(first;second)`, `{list:slot}`, `<rule>`.
//!
//! The shape of what is parsed is hassil's, since ranking counts its text chunks: each word with the space
//! behind it is one chunk.

use super::text::normalize;

/// A parsed template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ast {
    /// Literal text, normalised.
    Text(String),
    /// All, one after another. Without any items it never matches.
    Sequence(Vec<Self>),
    /// One of them; an optional part is an alternative that ends with an empty text.
    Alternative(Vec<Self>),
    /// All, in any order.
    Permutation(Vec<Self>),
    /// A value of a list.
    List(ListUse),
    /// What the named rule says.
    Rule(String),
}

/// `{list}`, `{list:slot}`, `{list:@capture}` or `{@list}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListUse {
    pub(super) list: String,
    pub(super) slot: String,
    /// For the reply only, no slot.
    pub(super) capture: bool,
    /// A space follows, so that what a wildcard takes ends with a word.
    pub(super) end_of_word: bool,
}

/// Why a template cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum TemplateError {
    #[error("{0:?} is never closed")]
    Unclosed(char),
    #[error("{0:?} is closed but was never opened")]
    Unopened(char),
    #[error("| and ; are mixed in one group")]
    Mixed,
    #[error("a list or a rule has no name")]
    NoName,
    #[error("groups are nested deeper than {MAX_DEPTH}")]
    TooDeep,
    #[error("a permutation has more than {MAX_PERMUTED} parts")]
    TooManyParts,
}

const MAX_DEPTH: usize = 32;
/// Six parts have 720 orders; the templates use at most five.
const MAX_PERMUTED: usize = 6;

/// Parses a sentence. A group around the whole sentence is unwrapped.
pub(super) fn parse(text: &str) -> Result<Ast, TemplateError> {
    let chars: Vec<char> = text.trim().chars().collect();
    let mut top = parse_group(&chars, 0)?;
    if let Ast::Sequence(items) | Ast::Alternative(items) | Ast::Permutation(items) = &mut top
        && items.len() == 1
        && matches!(items.first(), Some(Ast::Sequence(_) | Ast::Alternative(_) | Ast::Permutation(_)))
        && let Some(only) = items.pop()
    {
        return Ok(only);
    }
    Ok(top)
}

/// Whether the text uses the template language at all.
pub(super) fn is_template(text: &str) -> bool {
    text.contains(['(', ')', '{', '}', '<', '>', '[', ']', '|', '@'])
}

fn parse_group(text: &[char], depth: usize) -> Result<Ast, TemplateError> {
    if depth > MAX_DEPTH {
        return Err(TemplateError::TooDeep);
    }
    let mut group = Ast::Sequence(Vec::new());
    let mut rest = text;
    while let Some(&first) = rest.first() {
        let end = chunk_end(rest)?;
        let (chunk, after) = rest.split_at_checked(end).ok_or(TemplateError::Unclosed(first))?;
        let item = match first {
            '|' | ';' => {
                begin_part(&mut group, first)?;
                None
            }
            '(' => Some(parse_group(inside(chunk)?, depth + 1)?),
            '[' => Some(optional(parse_group(inside(chunk)?, depth + 1)?)),
            '{' => {
                Some(list_use(&unescaped(inside(chunk)?), after.first().is_some_and(|c| c.is_whitespace())))
            }
            '<' => Some(Ast::Rule(unescaped(inside(chunk)?))),
            ')' | ']' | '}' | '>' => return Err(TemplateError::Unopened(first)),
            _ => Some(Ast::Text(normalize(&unescaped(chunk)).into_iter().collect())),
        };
        if let Some(item) = item {
            push(&mut group, item)?;
        }
        rest = after;
    }
    if let Ast::Permutation(parts) = &mut group {
        if parts.len() > MAX_PERMUTED {
            return Err(TemplateError::TooManyParts);
        }
        for part in parts {
            space_around(part);
        }
    }
    Ok(group)
}

/// Turns the group into an alternative or permutation if it is none yet, and begins the next part.
fn begin_part(group: &mut Ast, separator: char) -> Result<(), TemplateError> {
    let so_far = std::mem::replace(group, Ast::Sequence(Vec::new()));
    let (mut parts, alternative) = match so_far {
        Ast::Alternative(parts) if separator == '|' => (parts, true),
        Ast::Permutation(parts) if separator == ';' => (parts, false),
        Ast::Alternative(_) | Ast::Permutation(_) => return Err(TemplateError::Mixed),
        sequence => (vec![sequence], separator == '|'),
    };
    parts.push(Ast::Sequence(Vec::new()));
    *group = if alternative { Ast::Alternative(parts) } else { Ast::Permutation(parts) };
    Ok(())
}

fn push(group: &mut Ast, item: Ast) -> Result<(), TemplateError> {
    match group {
        Ast::Sequence(items) => items.push(item),
        Ast::Alternative(parts) | Ast::Permutation(parts) => match parts.last_mut() {
            Some(Ast::Sequence(items)) => items.push(item),
            _ => return Err(TemplateError::Mixed),
        },
        _ => return Err(TemplateError::Mixed),
    }
    Ok(())
}

fn optional(group: Ast) -> Ast {
    let mut parts = match group {
        Ast::Alternative(parts) => parts,
        other => vec![other],
    };
    parts.push(Ast::Text(String::new()));
    Ast::Alternative(parts)
}

fn space_around(part: &mut Ast) {
    if let Ast::Sequence(items) = part {
        items.insert(0, Ast::Text(" ".to_owned()));
        items.push(Ast::Text(" ".to_owned()));
    }
}

fn list_use(text: &str, end_of_word: bool) -> Ast {
    let (list, slot) = match text.split_once(':') {
        Some((list, slot)) => (list, slot),
        None => (text.strip_prefix('@').unwrap_or(text), text),
    };
    let capture = slot.starts_with('@');
    let slot = slot.strip_prefix('@').unwrap_or(slot).to_owned();
    Ast::List(ListUse { list: list.to_owned(), slot, capture, end_of_word })
}

/// Where the chunk that begins here ends.
fn chunk_end(text: &[char]) -> Result<usize, TemplateError> {
    let close = match text.first() {
        Some('(') => ')',
        Some('[') => ']',
        Some('{') => '}',
        Some('<') => '>',
        Some('|' | ';') => return Ok(1),
        _ => return Ok(word_end(text)),
    };
    let open = text.first().copied().unwrap_or_default();
    let mut depth = 0_usize;
    let mut escaped = false;
    for (at, &c) in text.iter().enumerate() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == close => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Ok(at + 1);
                }
            }
            c if c == open => depth += 1,
            _ => {}
        }
    }
    Err(TemplateError::Unclosed(open))
}

/// A word ends after the spaces behind it, or where something special begins.
fn word_end(text: &[char]) -> usize {
    let mut escaped = false;
    let mut spaced = false;
    for (at, &c) in text.iter().enumerate() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if at > 0 && c == ' ' {
            spaced = true;
        } else if (spaced && c != ' ') || "|;()[]{}<>".contains(c) {
            // At the very start this is a stray closing mark, which the caller reports.
            return at.max(1);
        }
    }
    text.len()
}

fn inside(chunk: &[char]) -> Result<&[char], TemplateError> {
    match chunk {
        [_, inner @ .., _] if !inner.is_empty() => Ok(inner),
        _ => Err(TemplateError::NoName),
    }
}

fn unescaped(text: &[char]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.iter().copied();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

impl Ast {
    /// How many text chunks the template itself holds, without those of its rules.
    pub(super) fn text_chunks(&self) -> usize {
        match self {
            Self::Text(_) => 1,
            Self::Sequence(items) | Self::Alternative(items) | Self::Permutation(items) => {
                items.iter().map(Self::text_chunks).sum()
            }
            Self::List(_) | Self::Rule(_) => 0,
        }
    }

    /// Whether the template itself, without its rules, names a list for which `test` is true.
    pub(super) fn any_list(&self, test: &impl Fn(&str) -> bool) -> bool {
        match self {
            Self::List(used) => test(&used.list),
            Self::Sequence(items) | Self::Alternative(items) | Self::Permutation(items) => {
                items.iter().any(|item| item.any_list(test))
            }
            Self::Text(_) | Self::Rule(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Ast {
        Ast::Text(text.to_owned())
    }

    #[test]
    fn words_keep_the_space_behind_them() {
        let parsed = parse("turn on [the] {area}").unwrap();
        let Ast::Sequence(items) = parsed else { panic!("{parsed:?}") };
        assert_eq!(items[0], text("turn "));
        assert_eq!(items[1], text("on "));
        assert_eq!(items[2], Ast::Alternative(vec![Ast::Sequence(vec![text("the")]), text("")]));
        assert_eq!(items[3], text(" "));
        assert!(matches!(&items[4], Ast::List(used) if used.slot == "area" && !used.end_of_word));
    }

    #[test]
    fn a_group_around_everything_is_unwrapped() {
        assert!(matches!(parse("(a|b)").unwrap(), Ast::Alternative(parts) if parts.len() == 2));
        assert!(matches!(parse("a|b").unwrap(), Ast::Alternative(parts) if parts.len() == 2));
    }

    #[test]
    fn lists_have_slots_and_captures() {
        let used = |text: &str| match parse(text).unwrap() {
            Ast::Sequence(items) => match items.into_iter().next() {
                Some(Ast::List(used)) => used,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        };
        assert_eq!(used("{timer_name:name}").slot, "name");
        assert!(used("{timer_name:@x}").capture);
        assert_eq!(used("{@x}").list, "x");
        assert!(used("{a} b").end_of_word);
    }

    #[test]
    fn parts_of_a_permutation_stand_apart() {
        let Ast::Permutation(parts) = parse("(a;b)").unwrap() else { panic!() };
        assert_eq!(parts[1], Ast::Sequence(vec![text(" "), text("b"), text(" ")]));
    }

    #[test]
    fn broken_templates_are_refused() {
        assert_eq!(parse("(a"), Err(TemplateError::Unclosed('(')));
        assert_eq!(parse("a]"), Err(TemplateError::Unopened(']')));
        assert_eq!(parse("(a|b;c)"), Err(TemplateError::Mixed));
        assert_eq!(parse(&"(".repeat(50)), Err(TemplateError::Unclosed('(')));
        assert_eq!(parse(&format!("{}a{}", "(".repeat(50), ")".repeat(50))), Err(TemplateError::TooDeep));
        assert_eq!(parse("(a;b;c;d;e;f;g)"), Err(TemplateError::TooManyParts));
    }

    #[test]
    fn escapes_are_literal() {
        assert_eq!(parse(r"a\|b").unwrap(), Ast::Sequence(vec![text("a|b")]));
    }
}
