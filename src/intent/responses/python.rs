//! What the responses use of Python: methods of texts, dictionaries and lists, and Jinja's forgiving filters.

use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::{Enumerator, Kwargs, Object, ObjectRepr, Rest, ValueKind, ValueOrKwargs, from_args};
use minijinja::{Environment, Error, ErrorKind, State, Value};

/// Adds it to an environment.
pub(super) fn install(environment: &mut Environment<'static>) {
    environment.set_unknown_method_callback(method);
    environment.add_filter("int", to_int);
    environment.add_filter("float", to_float);
    environment.add_filter("length", length);
    environment.add_filter("count", length);
    environment.add_filter("last", last);
    environment.add_function("mutable_list", || Value::from_object(MutableList::default()));
    environment.add_global("dict", Value::from_object(DictType));
}

/// A list that templates append to.
#[derive(Debug, Default)]
struct MutableList(Mutex<Vec<Value>>);

impl Object for MutableList {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let items = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        items.get(key.as_usize()?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.lock().unwrap_or_else(PoisonError::into_inner).len())
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        match (method, args) {
            ("append", [item]) => {
                self.0.lock().unwrap_or_else(PoisonError::into_inner).push(item.clone());
                Ok(Value::from(()))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// Python's `dict`, for `dict.fromkeys(…)`.
#[derive(Debug)]
struct DictType;

impl Object for DictType {
    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        match (method, args) {
            ("fromkeys", [keys, ..]) => {
                Ok(Value::from_pairs(keys.try_iter()?.map(|key| (key, Value::from(())))))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

fn method(_: &mut State<'_, '_>, value: &Value, method: &str, args: &[Value]) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::String => text_method(value.as_str().unwrap_or_default(), method, args),
        ValueKind::Map => map_method(value, method, args),
        ValueKind::Number => match method {
            "is_integer" => {
                Ok(Value::from(f64::try_from(value.clone()).is_ok_and(|number| number.fract() == 0.0)))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        },
        // What is missing stays missing.
        ValueKind::Undefined | ValueKind::None => Ok(Value::UNDEFINED),
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

fn map_method(value: &Value, method: &str, args: &[Value]) -> Result<Value, Error> {
    match (method, args) {
        ("get", [key, default @ ..]) => {
            let found = value.get_item(key)?;
            let default = || default.first().cloned().unwrap_or_else(|| Value::from(()));
            Ok(if found.is_undefined() { default() } else { found })
        }
        ("keys", []) => Ok(value.try_iter()?.collect()),
        ("values", []) => value.try_iter()?.map(|key| value.get_item(&key)).collect(),
        ("items", []) => {
            value.try_iter()?.map(|key| Ok(Value::from(vec![key.clone(), value.get_item(&key)?]))).collect()
        }
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

fn text_method(text: &str, method: &str, args: &[Value]) -> Result<Value, Error> {
    let arg = |at: usize| args.get(at).and_then(Value::as_str);
    let set = |c: char| arg(0).map_or(c.is_whitespace(), |set| set.contains(c));
    Ok(match method {
        "lower" | "casefold" => Value::from(text.to_lowercase()),
        "upper" => Value::from(text.to_uppercase()),
        "title" => Value::from(title(text)),
        "capitalize" => Value::from(capitalize(text)),
        "strip" => Value::from(text.trim_matches(set)),
        "lstrip" => Value::from(text.trim_start_matches(set)),
        "rstrip" => Value::from(text.trim_end_matches(set)),
        "startswith" => Value::from(arg(0).is_some_and(|start| text.starts_with(start))),
        "endswith" => Value::from(arg(0).is_some_and(|end| text.ends_with(end))),
        "isdigit" => Value::from(!text.is_empty() && text.chars().all(|c| c.is_ascii_digit())),
        "replace" => replace(text, args)?,
        "split" => split(text, args),
        "join" => join(text, args)?,
        "format" => Value::from(format(text, args)?),
        _ => return Err(Error::from(ErrorKind::UnknownMethod)),
    })
}

fn replace(text: &str, args: &[Value]) -> Result<Value, Error> {
    let [from, to, times @ ..] = args else {
        return Err(Error::new(ErrorKind::MissingArgument, "replace takes two texts"));
    };
    let (from, to) = (from.to_string(), to.to_string());
    Ok(Value::from(match times.first().and_then(Value::as_usize) {
        Some(times) => text.replacen(&from, &to, times),
        None => text.replace(&from, &to),
    }))
}

fn split(text: &str, args: &[Value]) -> Value {
    match args.first().and_then(Value::as_str) {
        Some(separator) if !separator.is_empty() => text.split(separator).map(Value::from).collect(),
        _ => text.split_whitespace().map(Value::from).collect(),
    }
}

fn join(separator: &str, args: &[Value]) -> Result<Value, Error> {
    let Some(items) = args.first() else {
        return Err(Error::new(ErrorKind::MissingArgument, "join takes a list"));
    };
    let items: Vec<_> = items.try_iter()?.map(|item| item.to_string()).collect();
    Ok(Value::from(items.join(separator)))
}

fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + &chars.as_str().to_lowercase()
    })
}

/// As Python does it: a letter is large after anything that is no letter.
fn title(text: &str) -> String {
    let mut titled = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        if inside {
            titled.extend(c.to_lowercase());
        } else {
            titled.extend(c.to_uppercase());
        }
        inside = c.is_alphabetic();
    }
    titled
}

/// `str.format` with places such as `{}`, `{0}` and `{0:02d}`.
fn format(text: &str, args: &[Value]) -> Result<String, Error> {
    let bad = || Error::new(ErrorKind::InvalidOperation, format!("cannot format {text:?}"));
    let mut formatted = String::new();
    let mut next = 0;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        formatted.push_str(before);
        let (place, after) = after.split_once('}').ok_or_else(bad)?;
        let (index, spec) = place.split_once(':').unwrap_or((place, ""));
        let index = if index.is_empty() { next } else { index.parse().map_err(|_| bad())? };
        next = index + 1;
        let value = args.get(index).ok_or_else(bad)?;
        formatted.push_str(&pad(value, spec).ok_or_else(bad)?);
        rest = after;
    }
    formatted.push_str(rest);
    Ok(formatted)
}

/// `02d` and the like; a width is at most two digits here.
fn pad(value: &Value, spec: &str) -> Option<String> {
    let Some(spec) = spec.strip_suffix('d') else {
        return spec.is_empty().then(|| value.to_string());
    };
    let number = i64::try_from(value.clone()).ok()?;
    let width: usize = if spec.is_empty() { 0 } else { spec.parse().ok().filter(|width| *width < 100)? };
    Some(if spec.starts_with('0') { format!("{number:0width$}") } else { format!("{number:width$}") })
}

/// Jinja's `int`: what is no number gives the default, which is 0.
fn to_int(value: &Value, args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let from_text = |text: &str| {
        let text = text.trim();
        text.parse::<i64>().ok().or_else(|| truncate(text.parse().ok()?))
    };
    let number = match value.as_str() {
        Some(text) => from_text(text),
        None => i64::try_from(value.clone()).ok().or_else(|| truncate(f64::try_from(value.clone()).ok()?)),
    };
    let default = default(args)?;
    Ok(number.map_or_else(|| default.unwrap_or_else(|| Value::from(0)), Value::from))
}

#[allow(clippy::cast_possible_truncation, reason = "checked to lie far inside an i64")]
fn truncate(number: f64) -> Option<i64> {
    (number.abs() < 1e15).then(|| number.trunc() as i64)
}

/// Jinja's `float`: what is no number gives the default, which is 0.0.
fn to_float(value: &Value, args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let number = match value.as_str() {
        Some(text) => text.trim().parse::<f64>().ok().filter(|number| number.is_finite()),
        None => f64::try_from(value.clone()).ok(),
    };
    let default = default(args)?;
    Ok(number.map_or_else(|| default.unwrap_or_else(|| Value::from(0.0)), Value::from))
}

/// The argument `default`, by place or by name. A default of `none` is one.
fn default(args: Rest<ValueOrKwargs>) -> Result<Option<Value>, Error> {
    let args: Vec<Value> = args.0.into_iter().map(ValueOrKwargs::into_value).collect();
    let (places, names): (&[Value], Kwargs) = from_args(&args)?;
    match places.first() {
        Some(first) => Ok(Some(first.clone())),
        None if names.has("default") => names.get("default").map(Some),
        None => Ok(None),
    }
}

/// Jinja's `length`: nothing has no length.
fn length(value: &Value) -> usize {
    value.len().unwrap_or(0)
}

/// Jinja's `last`: the last of nothing is nothing.
fn last(value: &Value) -> Result<Value, Error> {
    match value.as_str() {
        Some(text) => Ok(text.chars().next_back().map_or(Value::UNDEFINED, Value::from)),
        None => Ok(value.try_iter()?.last().unwrap_or(Value::UNDEFINED)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(source: &str) -> String {
        let mut environment = Environment::new();
        install(&mut environment);
        environment.render_str(source, ()).unwrap()
    }

    #[test]
    fn texts_have_pythons_methods() {
        assert_eq!(render("{{ '{0:02d}:{1:02d}'.format(7, 5) }}"), "07:05");
        assert_eq!(render("{{ 'a_b'.replace('_', ' ').title() }}"), "A B");
        assert_eq!(render("{{ ' | '.join(['a', 'b']) }} {{ 'x y'.split() | length }}"), "a | b 2");
        assert_eq!(render("{{ '-2.5'.lstrip('-').replace('.', '', 1).isdigit() }}"), "True");
    }

    #[test]
    fn numbers_are_read_forgivingly() {
        assert_eq!(render("{{ 'abc' | int }} {{ '3.9' | int }} {{ 'x' | float('y') }}"), "0 3 y");
        assert_eq!(render("{{ (2.0).is_integer() }} {{ none | int(5) }}"), "True 5");
    }

    #[test]
    fn lists_and_dictionaries_are_pythons() {
        let source = "{% set l = mutable_list() %}{% set _ = l.append('a') %}{% set _ = l.append('b') %}{{ l | join('+') }}";
        assert_eq!(render(source), "a+b");
        assert_eq!(render("{{ {'a': 1}.get('a') }}{{ {'a': 1}.get('b', 2) }}"), "12");
        assert_eq!(render("{{ dict.fromkeys(['a', 'b', 'a']) | count }}"), "2");
        assert_eq!(render("{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{% endfor %}"), "a1");
    }
}
