//! How much memory one rendering may take for values in the making.
//!
//! The engine's fuel counts instructions, but one instruction may join two long texts, and a loop may keep
//! every one of them. So whatever grows (`~`, `+`, `*`, and the filters and methods that make texts) is
//! charged against a ration for each rendering. The operators are the engine's own, which it lets nobody
//! replace: before a template is compiled their operands are led through a filter that charges them.

use std::cell::{Cell, RefCell};

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Value};

/// Bytes that one rendering may make, over all of its values.
const RATION: usize = 8 * 1024 * 1024;
/// Deepest list or mapping that an operator may take.
const MAX_DEPTH: usize = 24;
/// What an item of a list takes besides its text.
const ITEM: usize = 24;

const CHARGE: &str = "|__charge";
const LEFT: &str = "|__times";
const RIGHT: &str = "|__by";
/// The left side is itself a product.
const AGAIN: &str = "|__again";

thread_local! {
    static LEFT_OVER: Cell<usize> = const { Cell::new(RATION) };
    /// Lengths of what waits to be multiplied; `None` for a number.
    static FACTORS: RefCell<Vec<Option<usize>>> = const { RefCell::new(Vec::new()) };
    /// The length of the last product; `None` for a number.
    static PRODUCT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Gives a rendering its ration.
pub(super) fn refill() {
    LEFT_OVER.set(RATION);
    FACTORS.with_borrow_mut(Vec::clear);
}

fn spent() -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("the template makes more than {RATION} bytes of values"))
}

/// Takes bytes from the ration.
pub(super) fn take(bytes: usize) -> Result<(), Error> {
    let left = LEFT_OVER.get().checked_sub(bytes).ok_or_else(spent);
    LEFT_OVER.set(*left.as_ref().unwrap_or(&0));
    left.map(drop)
}

/// Takes what a value holds from the ration.
pub(super) fn charge(value: &Value) -> Result<(), Error> {
    weigh(value, MAX_DEPTH)
}

fn weigh(value: &Value, depth: usize) -> Result<(), Error> {
    match value.kind() {
        ValueKind::String | ValueKind::Bytes => take(value.len().unwrap_or(0)),
        ValueKind::Seq | ValueKind::Iterable | ValueKind::Map => {
            let depth = depth.checked_sub(1).ok_or_else(spent)?;
            let is_map = value.kind() == ValueKind::Map;
            for item in value.try_iter()? {
                take(ITEM)?;
                weigh(&item, depth)?;
                if is_map {
                    weigh(&value.get_item(&item)?, depth)?;
                }
            }
            Ok(())
        }
        _ => take(1),
    }
}

/// Makes the filters known through which operands go.
pub(super) fn register(env: &mut Environment<'static>) {
    env.add_filter("__charge", |value: Value| charge(&value).map(|()| value));
    env.add_filter("__times", |value: Value| {
        charge(&value)?;
        let length = repeats(&value).then(|| value.len().unwrap_or(0).saturating_mul(ITEM));
        FACTORS.with_borrow_mut(|factors| factors.push(length));
        Ok::<_, Error>(value)
    });
    env.add_filter("__again", |value: Value| {
        FACTORS.with_borrow_mut(|factors| factors.push(PRODUCT.get()));
        value
    });
    env.add_filter("__by", |value: Value| {
        if repeats(&value) {
            let reason = "a text or list is repeated by a number on its right";
            return Err(Error::new(ErrorKind::InvalidOperation, reason));
        }
        let left = FACTORS.with_borrow_mut(Vec::pop).flatten();
        let product = left.map(|length| length.saturating_mul(value.as_usize().unwrap_or(0)));
        take(product.unwrap_or(0))?;
        PRODUCT.set(product);
        Ok(value)
    });
}

/// Whether multiplying a value would repeat it.
fn repeats(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::String | ValueKind::Bytes | ValueKind::Seq | ValueKind::Iterable)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// A name, a number or a text: something that has a value.
    Plain,
    Open,
    Close,
    Dot,
    Pipe,
    Sign,
    /// `~` or `+`.
    Grow,
    Minus,
    Divide,
    Times,
    Power,
    /// Any other operator, and words such as `and`.
    Other,
}

/// Words that look like names and have no value.
const WORDS: [&str; 12] =
    ["and", "or", "not", "in", "is", "if", "else", "set", "for", "elif", "with", "recursive"];

/// Leads the operands of whatever grows through the filters that charge them.
pub(super) fn guarded(source: &str) -> String {
    let mut out = String::with_capacity(source.len() + 64);
    let mut rest = source;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = match from.get(..2) {
            Some("{{") => "}}",
            Some("{%") => "%}",
            Some("{#") => {
                let length = from.find("#}").map_or(from.len(), |end| end + 2);
                out.push_str(from.get(..length).unwrap_or_default());
                rest = from.get(length..).unwrap_or_default();
                continue;
            }
            _ => {
                out.push('{');
                rest = from.get(1..).unwrap_or_default();
                continue;
            }
        };
        let body = from.get(2..).unwrap_or_default();
        let tokens = tokens(body, end);
        let length = tokens.last().map_or(0, |(_, end, _)| *end);
        out.push_str(from.get(..2).unwrap_or_default());
        rewrite(body.get(..length).unwrap_or_default(), &tokens, &mut out);
        rest = body.get(length..).unwrap_or_default();
        // What ends a raw block is not looked for inside of it.
        if is_raw(body) {
            let skip = rest.find("endraw").unwrap_or(rest.len());
            let (raw, after) = rest.split_at(skip);
            out.push_str(raw);
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

fn is_raw(body: &str) -> bool {
    body.trim_start_matches(['-', '+', ' ']).starts_with("raw")
}

/// The tokens of an expression up to its end: start, end and what each is.
fn tokens(body: &str, end: &str) -> Vec<(usize, usize, Token)> {
    let bytes = body.as_bytes();
    let mut found: Vec<(usize, usize, Token)> = Vec::new();
    let mut at = 0;
    let mut depth = 0_usize;
    while let Some(&byte) = bytes.get(at) {
        let here = body.get(at..).unwrap_or_default();
        if depth == 0 && (here.starts_with(end) || ends_trimmed(here, end)) {
            break;
        }
        let word = |c: u8| c.is_ascii_alphanumeric() || c == b'_' || c >= 0x80;
        let run = |test: &dyn Fn(u8) -> bool| here.bytes().take_while(|c| test(*c)).count();
        let (length, token) = match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {
                at += 1;
                continue;
            }
            b'"' | b'\'' => (quoted(here), Token::Plain),
            c if c.is_ascii_digit() => (number(here), Token::Plain),
            c if word(c) => {
                let length = run(&word);
                let is_word = here.get(..length).is_some_and(|name| WORDS.contains(&name));
                let attribute = matches!(found.last(), Some((.., Token::Dot)));
                (length, if is_word && !attribute { Token::Other } else { Token::Plain })
            }
            b'(' | b'[' | b'{' => (1, Token::Open),
            b')' | b']' | b'}' => (1, Token::Close),
            b'.' => (1, Token::Dot),
            b'|' => (1, Token::Pipe),
            b'~' => (1, Token::Grow),
            b'+' => (1, if is_operand(found.last()) { Token::Grow } else { Token::Sign }),
            b'-' => (1, if is_operand(found.last()) { Token::Minus } else { Token::Sign }),
            b'*' if here.starts_with("**") => (2, Token::Power),
            b'*' => (1, Token::Times),
            b'/' if here.starts_with("//") => (2, Token::Divide),
            b'/' | b'%' => (1, Token::Divide),
            _ => (1, Token::Other),
        };
        match token {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        found.push((at, at + length, token));
        at += length;
    }
    found
}

/// `-}}` and the like.
fn ends_trimmed(here: &str, end: &str) -> bool {
    here.strip_prefix(['-', '+']).is_some_and(|here| here.starts_with(end))
}

fn is_operand(token: Option<&(usize, usize, Token)>) -> bool {
    matches!(token, Some((.., Token::Plain | Token::Close)))
}

fn quoted(text: &str) -> usize {
    let mark = text.chars().next();
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if Some(c) == mark && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

/// A number with its point and exponent.
fn number(text: &str) -> usize {
    let mut length = 0;
    let bytes = text.as_bytes();
    while let Some(&c) = bytes.get(length) {
        let before = length.checked_sub(1).and_then(|at| bytes.get(at));
        let signed =
            matches!(c, b'+' | b'-') && matches!(before, Some(b'e' | b'E')) && !text.starts_with("0x");
        let point = c == b'.' && bytes.get(length + 1).is_some_and(u8::is_ascii_digit);
        if !(c.is_ascii_alphanumeric() || c == b'_' || signed || point) {
            break;
        }
        length += 1;
    }
    length
}

/// Where an operand ends that starts at this token: signs, a value, and what is asked of it.
fn operand(tokens: &[(usize, usize, Token)], start: usize) -> Option<usize> {
    let kind = |at: usize| tokens.get(at).map(|(.., token)| *token);
    let mut at = start;
    while kind(at) == Some(Token::Sign) {
        at += 1;
    }
    match kind(at)? {
        Token::Plain => at += 1,
        Token::Open => at = group(tokens, at)?,
        _ => return None,
    }
    loop {
        match (kind(at), kind(at + 1)) {
            (Some(Token::Dot | Token::Pipe), Some(Token::Plain)) => at += 2,
            (Some(Token::Open), _) => at = group(tokens, at)?,
            (Some(Token::Power), _) => at = operand(tokens, at + 1)?,
            _ => return Some(at),
        }
    }
}

/// After the bracket that closes the one at this token.
fn group(tokens: &[(usize, usize, Token)], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, (.., token)) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

/// Sums in an expression about spans of time become filters, since the engine's own know no time.
fn rewrite_spans(body: &str, tokens: &[(usize, usize, Token)], out: &mut String) -> bool {
    let products = tokens.iter().any(|(.., token)| matches!(token, Token::Times | Token::Divide));
    if products || !body.contains("timedelta") {
        return false;
    }
    let mut closing: Vec<usize> = Vec::new();
    let mut done = 0;
    for (at, (start, end, token)) in tokens.iter().enumerate() {
        let sum = *token == Token::Minus || (*token == Token::Grow && body.get(*start..*end) == Some("+"));
        if sum && let Some(after) = operand(tokens, at + 1) {
            out.push_str(body.get(done..*start).unwrap_or_default().trim_end());
            out.push_str(if *token == Token::Minus { "|__minus(" } else { "|__plus(" });
            closing.push(after);
        } else {
            out.push_str(body.get(done..*end).unwrap_or_default());
        }
        done = *end;
        while let Some(index) = closing.iter().position(|after| *after == at + 1) {
            closing.swap_remove(index);
            out.push(')');
        }
    }
    out.push_str(body.get(done..).unwrap_or_default());
    true
}

fn rewrite(body: &str, tokens: &[(usize, usize, Token)], out: &mut String) {
    if rewrite_spans(body, tokens, out) {
        return;
    }
    // What goes in, and where; in the order in which it is found at one place.
    let mut inserts: Vec<(usize, &str)> = Vec::new();
    for (at, (start, _, token)) in tokens.iter().enumerate() {
        let times = match token {
            Token::Grow => false,
            Token::Times => true,
            _ => continue,
        };
        let Some((_, before, _)) = at.checked_sub(1).and_then(|before| tokens.get(before)) else { continue };
        let first = tokens.get(at + 1).map_or(*start, |(start, ..)| *start);
        let last = operand(tokens, at + 1).and_then(|after| tokens.get(after.checked_sub(1)?));
        let Some((_, last, _)) = last else { continue };
        let again = times && inserts.iter().any(|(at, text)| at == before && *text == RIGHT);
        inserts.push((
            *before,
            match (times, again) {
                (true, true) => AGAIN,
                (true, false) => LEFT,
                _ => CHARGE,
            },
        ));
        if times {
            inserts.push((first, "("));
            inserts.push((*last, ")"));
            inserts.push((*last, RIGHT));
        } else {
            inserts.push((*last, CHARGE));
        }
    }
    inserts.sort_by_key(|(at, _)| *at);
    let mut done = 0;
    for (at, text) in inserts {
        out.push_str(body.get(done..at).unwrap_or_default());
        out.push_str(text);
        done = at;
    }
    out.push_str(body.get(done..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_are_led_through_the_filters() {
        for (source, expected) in [
            ("plain { text", "plain { text"),
            ("{{ a.b }}", "{{ a.b }}"),
            ("{{ a ~ b }}", "{{ a|__charge ~ b|__charge }}"),
            ("{{ a * b * c }}", "{{ a|__times * (b)|__by|__again * (c)|__by }}"),
            ("{{ (now() - timedelta(seconds=v)).x }}", "{{ (now()|__minus( timedelta(seconds=v))).x }}"),
            ("{{ a['x + y'] + -1.5e+3 }}", "{{ a['x + y']|__charge + -1.5e+3|__charge }}"),
            ("{{ a|float * 2 ** n.x }}", "{{ a|float|__times * (2 ** n.x)|__by }}"),
            ("{% set n.l = n.l + [(k, v)] %}", "{% set n.l = n.l|__charge + [(k, v)]|__charge %}"),
            ("{{ f(a + 1)|round(2) -}} + b", "{{ f(a|__charge + 1|__charge)|round(2) -}} + b"),
            ("{% raw %}{{ a + b }}{% endraw %}", "{% raw %}{{ a + b }}{% endraw %}"),
            ("{# a + b #}{{+ a }}", "{# a + b #}{{+ a }}"),
            ("{{ +a if b else 'c' }}", "{{ +a if b else 'c' }}"),
        ] {
            assert_eq!(guarded(source), expected);
        }
    }
}
