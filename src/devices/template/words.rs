//! Filters, tests and functions about texts, choices and JSON, in Home Assistant's names.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::{Kwargs, Object, ObjectRepr, Rest, Serde, ValueKind, ValueOrKwargs};
use minijinja::{Environment, Error, ErrorKind, State, Value};
use regex::{Regex, RegexBuilder};

use super::numbers::arguments;
use super::python;
use super::ration;
use crate::devices::slug::slugify;

fn failed(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, text.into())
}

/// A value as text.
pub(super) fn text(value: &Value) -> String {
    let mut out = String::new();
    python::write_str(&mut out, value);
    out
}

thread_local! {
    /// Patterns in use: compiling one costs more than a thousand matches.
    static PATTERNS: RefCell<HashMap<(String, bool), Regex>> = RefCell::new(HashMap::new());
}

/// Runs something with a compiled pattern. The engine has no backtracking, so no pattern can stall it.
fn with_pattern<T>(pattern: &str, ignorecase: bool, run: impl FnOnce(&Regex) -> T) -> Result<T, Error> {
    PATTERNS.with_borrow_mut(|known| {
        if known.len() > 256 {
            known.clear();
        }
        let key = (pattern.to_owned(), ignorecase);
        if !known.contains_key(&key) {
            let built =
                RegexBuilder::new(pattern).case_insensitive(ignorecase).size_limit(256 * 1024).build();
            known.insert(key.clone(), built.map_err(|error| failed(error.to_string()))?);
        }
        known.get(&key).map(run).ok_or_else(|| failed("no pattern"))
    })
}

struct Find {
    pattern: String,
    ignorecase: bool,
    places: Vec<Value>,
}

fn find_arguments(rest: Rest<ValueOrKwargs>, after: usize) -> Result<Find, Error> {
    let (places, kwargs): (Vec<Value>, Kwargs) = arguments(rest)?;
    let named: Option<Value> = kwargs.get("find")?;
    let pattern = places.first().cloned().or(named).map(|value| text(&value)).unwrap_or_default();
    let named: Option<bool> = kwargs.get("ignorecase")?;
    let ignorecase = named.or_else(|| places.get(after).map(Value::is_true)).unwrap_or(false);
    Ok(Find { pattern, ignorecase, places })
}

fn regex_search(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<bool, Error> {
    let find = find_arguments(rest, 1)?;
    with_pattern(&find.pattern, find.ignorecase, |pattern| pattern.is_match(&text(value)))
}

fn regex_match(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<bool, Error> {
    let find = find_arguments(rest, 1)?;
    let found = |pattern: &Regex| pattern.find(&text(value)).is_some_and(|found| found.start() == 0);
    with_pattern(&find.pattern, find.ignorecase, found)
}

fn regex_replace(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<String, Error> {
    let find = find_arguments(rest, 2)?;
    let with = find.places.get(1).map(text).unwrap_or_default();
    // Python writes groups as \1, this engine as ${1}.
    let with = with.replace('$', "$$");
    let with = with_pattern(r"\\(\d+)", false, |groups| groups.replace_all(&with, "$${$1}").into_owned())?;
    let made =
        with_pattern(&find.pattern, find.ignorecase, |pattern| replaced(pattern, &text(value), &with))?;
    made.ok_or_else(|| failed("regex_replace makes too much"))
}

/// The replacement, as long as the ration lasts.
fn replaced(pattern: &Regex, subject: &str, with: &str) -> Option<String> {
    let (mut made, mut done) = (String::new(), 0);
    for found in pattern.captures_iter(subject) {
        let whole = found.get(0)?;
        let before = made.len();
        made.push_str(subject.get(done..whole.start())?);
        found.expand(with, &mut made);
        ration::take(made.len() - before).ok()?;
        done = whole.end();
    }
    made.push_str(subject.get(done..)?);
    Some(made)
}

fn regex_findall(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<Vec<Value>, Error> {
    let find = find_arguments(rest, 1)?;
    with_pattern(&find.pattern, find.ignorecase, |pattern| {
        let subject = text(value);
        let found = pattern.captures_iter(&subject).take(1000).map(|captures| {
            let group = |index: usize| captures.get(index).map_or("", |found| found.as_str()).to_owned();
            match captures.len() {
                1 => Value::from(group(0)),
                2 => Value::from(group(1)),
                count => (1..count).map(|index| Value::from(group(index))).collect(),
            }
        });
        found.collect()
    })
}

fn regex_findall_index(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let (places, _) = arguments(rest)?;
    let wanted = places.get(1).and_then(Value::as_usize).unwrap_or(0);
    let find = places.first().cloned().unwrap_or_default();
    let all = regex_findall(value, Rest(vec![ValueOrKwargs::from(find)]))?;
    all.into_iter().nth(wanted).ok_or_else(|| failed("the pattern was not found that often"))
}

/// One number of a message that is bytes: `value | unpack('>H', offset=2)`, with Python's letters.
fn unpack(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let (places, kwargs) = arguments(rest)?;
    let named: Option<usize> = kwargs.get("offset")?;
    let offset = named.or_else(|| places.get(1).and_then(Value::as_usize)).unwrap_or(0);
    let format = places.first().map(text).unwrap_or_default();
    let bytes = value.as_bytes().unwrap_or_default();
    let (big, letter) = match format.as_bytes() {
        [b'>' | b'!', letter] => (true, *letter),
        [b'<' | b'=' | b'@', letter] | [letter] => (false, *letter),
        _ => return Err(failed(format!("unpack: {format:?} is not one letter of Python's struct"))),
    };
    let part = |length: usize| -> Result<[u8; 8], Error> {
        let end = offset.saturating_add(length);
        let found = bytes.get(offset..end).ok_or_else(|| failed("unpack: the message is too short"))?;
        let mut wide = [0; 8];
        for (place, byte) in wide.iter_mut().zip(found.iter().rev()) {
            *place = *byte;
        }
        if !big {
            wide.get_mut(..length).unwrap_or_default().reverse();
        }
        Ok(wide)
    };
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "cut to the letter's size"
    )]
    Ok(match letter {
        b'b' => Value::from(u64::from_le_bytes(part(1)?) as i8),
        b'B' => Value::from(u64::from_le_bytes(part(1)?)),
        b'?' => Value::from(u64::from_le_bytes(part(1)?) != 0),
        b'h' => Value::from(u64::from_le_bytes(part(2)?) as i16),
        b'H' => Value::from(u64::from_le_bytes(part(2)?)),
        b'i' | b'l' => Value::from(u64::from_le_bytes(part(4)?) as i32),
        b'I' | b'L' => Value::from(u64::from_le_bytes(part(4)?)),
        b'q' => Value::from(i64::from_le_bytes(part(8)?)),
        b'Q' => Value::from(u64::from_le_bytes(part(8)?)),
        b'f' => Value::from(f32::from_bits(u64::from_le_bytes(part(4)?) as u32)),
        b'd' => Value::from(f64::from_le_bytes(part(8)?)),
        _ => return Err(failed(format!("unpack: there is no letter {format:?}"))),
    })
}

/// `condition | iif(then, otherwise)`.
fn iif(condition: &Value, rest: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let (places, kwargs) = arguments(rest)?;
    let named = |name: &str| kwargs.get::<Option<Value>>(name);
    let then = places.first().cloned().or(named("if_true")?).unwrap_or_else(|| Value::from(true));
    let otherwise = places.get(1).cloned().or(named("if_false")?).unwrap_or_else(|| Value::from(false));
    let none = places.get(2).cloned().or(named("if_none")?);
    Ok(match none {
        Some(none) if condition.is_none() => none,
        _ if condition.is_true() => then,
        _ => otherwise,
    })
}

fn from_json(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let (places, kwargs) = arguments(rest)?;
    match serde_json::from_str::<serde_json::Value>(&text(value)) {
        Ok(json) => Ok(Value::from(Serde(&json))),
        Err(error) => {
            let named: Option<Value> = kwargs.get("default")?;
            places.first().cloned().or(named).ok_or_else(|| failed(format!("from_json: {error}")))
        }
    }
}

fn to_json(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<String, Error> {
    let (_, kwargs) = arguments(rest)?;
    let pretty: Option<bool> = kwargs.get("pretty_print")?;
    ration::charge(value)?;
    let json = serde_json::to_value(value).map_err(|error| failed(error.to_string()))?;
    if pretty == Some(true) { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) }
        .map_err(|error| failed(error.to_string()))
}

/// Home Assistant's `bool`: words for yes and no as well.
pub(super) fn boolean(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let (places, kwargs) = arguments(rest)?;
    let flag = match value.kind() {
        ValueKind::Bool => Some(value.is_true()),
        ValueKind::Number => Some(value.is_true()),
        ValueKind::String => match value.as_str().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" | "enable" => Some(true),
            "0" | "false" | "no" | "off" | "disable" => Some(false),
            _ => None,
        },
        _ => None,
    };
    match flag {
        Some(flag) => Ok(Value::from(flag)),
        None => {
            let named: Option<Value> = kwargs.get("default")?;
            places.first().cloned().or(named).ok_or_else(|| failed("bool got invalid input"))
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::None => "NoneType",
        ValueKind::Bool => "bool",
        ValueKind::Number if value.is_integer() => "int",
        ValueKind::Number => "float",
        ValueKind::String => "str",
        ValueKind::Map => "dict",
        ValueKind::Seq | ValueKind::Iterable => "list",
        _ => "Undefined",
    }
}

fn contains(list: &Value, item: &Value) -> bool {
    match list.as_str() {
        Some(list) => item.as_str().is_some_and(|item| list.contains(item)),
        None => list.try_iter().is_ok_and(|mut items| items.any(|each| each == *item)),
    }
}

fn flatten(value: &Value) -> Result<Vec<Value>, Error> {
    let mut flat = Vec::new();
    for item in value.try_iter()? {
        match item.kind() {
            ValueKind::Seq | ValueKind::Iterable => flat.extend(item.try_iter()?),
            _ => flat.push(item),
        }
    }
    Ok(flat)
}

/// Makes the filters, tests and functions known.
pub(super) fn register(env: &mut Environment<'static>) {
    env.add_filter("regex_search", regex_search);
    env.add_filter("regex_match", regex_match);
    env.add_filter("regex_replace", regex_replace);
    env.add_filter("regex_findall", regex_findall);
    env.add_filter("regex_findall_index", regex_findall_index);
    env.add_test("search", regex_search);
    env.add_test("match", regex_match);
    env.add_filter("iif", iif);
    env.add_function("iif", iif);
    env.add_filter("from_json", from_json);
    env.add_filter("to_json", to_json);
    env.add_filter("tojson", to_json);
    // A value that is missing leaves the entity as it was.
    env.add_filter("is_defined", |value: Value| -> Result<Value, Error> {
        if value.is_undefined() { Err(failed("the value is not defined")) } else { Ok(value) }
    });
    env.add_filter("bool", boolean);
    env.add_function("bool", boolean);
    env.add_filter("typeof", type_of);
    env.add_function("typeof", type_of);
    env.add_filter("contains", contains);
    env.add_test("contains", contains);
    env.add_filter("flatten", flatten);
    env.add_function("str", |value: Value| text(&value));
    env.add_filter("slugify", |value: Value| slugify(&text(&value)));
    env.add_function("slugify", |value: Value| slugify(&text(&value)));
    env.add_filter("ord", |value: Value| text(&value).chars().next().map_or(0, u32::from));
    env.add_filter("base64_encode", |value: Value| match value.as_bytes() {
        Some(bytes) => STANDARD.encode(bytes),
        None => STANDARD.encode(text(&value)),
    });
    env.add_filter("unpack", unpack);
    env.add_function("unpack", unpack);
    env.add_filter("base64_decode", |value: Value| -> Result<String, Error> {
        let bytes = STANDARD.decode(text(&value).trim()).map_err(|error| failed(error.to_string()))?;
        String::from_utf8(bytes).map_err(|error| failed(error.to_string()))
    });
    env.add_function("set", |value: &Value| -> Result<Vec<Value>, Error> {
        let mut seen = Vec::new();
        for item in value.try_iter()?.take(1000) {
            if !seen.contains(&item) {
                seen.push(item);
            }
        }
        Ok(seen)
    });
    env.add_function("list", |value: Value| -> Result<Vec<Value>, Error> { Ok(value.try_iter()?.collect()) });
    env.add_global("dict", Value::from_object(Dict));
    env.add_function("zip", |left: Value, right: Value| -> Result<Vec<Value>, Error> {
        let pairs = left.try_iter()?.zip(right.try_iter()?).take(10_000);
        Ok(pairs.map(|(left, right)| Value::from(vec![left, right])).collect())
    });
    for (name, is) in [
        (
            "list",
            (|value: &Value| matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable))
                as fn(&Value) -> bool,
        ),
        ("dict", |value| value.kind() == ValueKind::Map),
        ("string_like", |value| value.kind() == ValueKind::String),
    ] {
        env.add_test(name, move |value: Value| is(&value));
    }
    home(env);
}

/// `dict`: makes mappings, also with Home Assistant's `dict.from_keys`.
#[derive(Debug)]
struct Dict;

impl Object for Dict {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        match args {
            [] => Ok(Value::from_pairs(std::iter::empty::<(Value, Value)>())),
            [map] if map.kind() == ValueKind::Map => map
                .try_iter()?
                .map(|key| Ok((key.clone(), map.get_item(&key)?)))
                .collect::<Result<Vec<_>, Error>>()
                .map(Value::from_pairs),
            [pairs, ..] => from_pairs(pairs),
        }
    }

    fn call_method(
        self: &Arc<Self>,
        _: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        match (method, args) {
            ("from_keys", [pairs]) => from_pairs(pairs),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// A mapping from a list of pairs.
fn from_pairs(pairs: &Value) -> Result<Value, Error> {
    let pair = |pair: Value| Ok((pair.get_item_by_index(0)?, pair.get_item_by_index(1)?));
    let pairs: Result<Vec<(Value, Value)>, Error> = pairs.try_iter()?.take(10_000).map(pair).collect();
    pairs.map(Value::from_pairs)
}

/// What asks for the state of the home: a device's own template may ask, and is told that nothing is known.
fn home(env: &mut Environment<'static>) {
    env.add_function("states", |_: Rest<ValueOrKwargs>| "unknown");
    env.add_function("state_attr", |_: Rest<ValueOrKwargs>| Value::from(()));
    env.add_function("is_state", |_: Rest<ValueOrKwargs>| false);
    env.add_function("is_state_attr", |_: Rest<ValueOrKwargs>| false);
    env.add_function("has_value", |_: Rest<ValueOrKwargs>| false);
}
