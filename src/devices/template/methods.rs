//! Python's methods on texts, lists and mappings.

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, State, Value};

use super::ration;
use super::words::text;

/// Makes the methods known.
pub(super) fn register(env: &mut Environment<'static>) {
    env.set_unknown_method_callback(|state, value, method, args| {
        let made = match value.kind() {
            ValueKind::String => on_text(value.as_str().unwrap_or_default(), method, args),
            ValueKind::Map => on_map(state, value, method, args),
            ValueKind::Seq | ValueKind::Iterable => on_list(value, method, args),
            _ => Err(unknown()),
        }?;
        ration::charge(&made)?;
        Ok(made)
    });
}

fn unknown() -> Error {
    Error::from(ErrorKind::UnknownMethod)
}

fn is_all(text: &str, test: fn(char) -> bool) -> Value {
    Value::from(!text.is_empty() && text.chars().all(test))
}

fn on_text(subject: &str, method: &str, args: &[Value]) -> Result<Value, Error> {
    let arg = |index: usize| args.get(index).map(text);
    let set = || arg(0).unwrap_or_else(|| " \t\r\n".to_owned());
    let any_of = |index: usize, test: &dyn Fn(&str) -> bool| match args.get(index) {
        Some(list) if list.kind() == ValueKind::Seq => {
            list.try_iter().is_ok_and(|mut items| items.any(|item| test(&text(&item))))
        }
        Some(single) => test(&text(single)),
        None => false,
    };
    let position = |found: Option<usize>| {
        let count = found.and_then(|at| subject.get(..at)).map(|before| before.chars().count());
        count.and_then(|count| i64::try_from(count).ok()).unwrap_or(-1)
    };
    Ok(match method {
        "lower" | "casefold" => Value::from(subject.to_lowercase()),
        "upper" => Value::from(subject.to_uppercase()),
        "capitalize" => {
            let mut chars = subject.chars();
            let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
            Value::from(first + &chars.as_str().to_lowercase())
        }
        "title" => {
            let mut start = true;
            let titled = subject.chars().flat_map(|c| {
                let at_start = std::mem::replace(&mut start, !c.is_alphanumeric());
                if at_start { c.to_uppercase().collect::<Vec<_>>() } else { c.to_lowercase().collect() }
            });
            Value::from(titled.collect::<String>())
        }
        "strip" => Value::from(subject.trim_matches(|c| set().contains(c))),
        "lstrip" => Value::from(subject.trim_start_matches(|c| set().contains(c))),
        "rstrip" => Value::from(subject.trim_end_matches(|c| set().contains(c))),
        "removeprefix" => Value::from(subject.strip_prefix(&*arg(0).unwrap_or_default()).unwrap_or(subject)),
        "removesuffix" => Value::from(subject.strip_suffix(&*arg(0).unwrap_or_default()).unwrap_or(subject)),
        "startswith" => Value::from(any_of(0, &|prefix| subject.starts_with(prefix))),
        "endswith" => Value::from(any_of(0, &|suffix| subject.ends_with(suffix))),
        "replace" => {
            let (from, to) = (arg(0).unwrap_or_default(), arg(1).unwrap_or_default());
            let most = args.get(2).and_then(Value::as_usize).unwrap_or(usize::MAX);
            // An empty pattern matches between all characters: growth that fuel does not see.
            if from.is_empty() {
                Value::from(subject)
            } else {
                ration::take(subject.matches(&*from).count().min(most).saturating_mul(to.len()))?;
                Value::from(subject.replacen(&from, &to, most))
            }
        }
        "split" | "rsplit" => split(subject, method, args),
        "splitlines" => subject.lines().map(Value::from).collect(),
        "partition" => {
            let mark = arg(0).unwrap_or_default();
            let (before, after) = subject.split_once(mark.as_str()).unwrap_or((subject, ""));
            let mark = if before.len() == subject.len() { String::new() } else { mark };
            [Value::from(before), Value::from(mark), Value::from(after)].into_iter().collect()
        }
        "join" => {
            let list = args.first().ok_or_else(unknown)?;
            let mut joined = String::new();
            for (index, item) in list.try_iter()?.enumerate() {
                let item = text(&item);
                ration::take(item.len() + subject.len())?;
                joined.push_str(if index == 0 { "" } else { subject });
                joined.push_str(&item);
            }
            Value::from(joined)
        }
        "find" | "index" => Value::from(position(subject.find(&*arg(0).unwrap_or_default()))),
        "rfind" => Value::from(position(subject.rfind(&*arg(0).unwrap_or_default()))),
        "count" => Value::from(subject.matches(&*arg(0).unwrap_or_default()).count()),
        "isdigit" | "isnumeric" | "isdecimal" => is_all(subject, char::is_numeric),
        "isalpha" => is_all(subject, char::is_alphabetic),
        "isalnum" => is_all(subject, char::is_alphanumeric),
        "isspace" => is_all(subject, char::is_whitespace),
        "isupper" => {
            Value::from(subject.chars().any(char::is_uppercase) && !subject.chars().any(char::is_lowercase))
        }
        "islower" => {
            Value::from(subject.chars().any(char::is_lowercase) && !subject.chars().any(char::is_uppercase))
        }
        "zfill" | "rjust" | "ljust" | "center" => pad(subject, method, args),
        "format" => format(subject, args)?,
        "encode" => Value::from_bytes(subject.as_bytes().to_vec()),
        _ => return Err(unknown()),
    })
}

fn split(subject: &str, method: &str, args: &[Value]) -> Value {
    let mark = args.first().filter(|mark| !mark.is_none()).map(text).filter(|mark| !mark.is_empty());
    let most = args.get(1).and_then(Value::as_usize).map_or(usize::MAX, |most| most.saturating_add(1));
    let Some(mark) = mark else { return subject.split_whitespace().map(Value::from).collect() };
    if method == "rsplit" {
        let mut parts: Vec<Value> = subject.rsplitn(most, &*mark).map(Value::from).collect();
        parts.reverse();
        return Value::from(parts);
    }
    subject.splitn(most, &*mark).map(Value::from).collect()
}

fn pad(subject: &str, method: &str, args: &[Value]) -> Value {
    let width = args.first().and_then(Value::as_usize).unwrap_or(0).min(1000);
    let fill = args.get(1).map(text).and_then(|fill| fill.chars().next()).unwrap_or(' ');
    let missing = width.saturating_sub(subject.chars().count());
    let run = |count: usize, fill: char| fill.to_string().repeat(count);
    Value::from(match method {
        "zfill" => match subject.strip_prefix('-') {
            Some(digits) => format!("-{}{digits}", run(missing, '0')),
            None => format!("{}{subject}", run(missing, '0')),
        },
        "ljust" => format!("{subject}{}", run(missing, fill)),
        "center" => format!("{}{subject}{}", run(missing / 2, fill), run(missing - missing / 2, fill)),
        _ => format!("{}{subject}", run(missing, fill)),
    })
}

/// `"{:.1f} {}".format(…)`, as far as templates use it: places, names, and number formats.
fn format(subject: &str, args: &[Value]) -> Result<Value, Error> {
    let bad = |text: &str| Error::new(ErrorKind::InvalidOperation, format!("format: {text}"));
    let (mut out, mut rest, mut next) = (String::new(), subject, 0);
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if let Some(after) = from.strip_prefix("{{") {
            out.push('{');
            rest = after;
            continue;
        }
        if let Some(after) = from.strip_prefix("}}") {
            out.push('}');
            rest = after;
            continue;
        }
        let (field, after) =
            from.get(1..).and_then(|from| from.split_once('}')).ok_or_else(|| bad("a brace is open"))?;
        let (name, spec) = field.split_once(':').unwrap_or((field, ""));
        let value = if name.is_empty() {
            next += 1;
            args.get(next - 1).cloned()
        } else if let Ok(index) = name.parse::<usize>() {
            args.get(index).cloned()
        } else {
            args.last().filter(|last| last.is_kwargs()).and_then(|named| named.get_attr(name).ok())
        };
        let value = value.ok_or_else(|| bad("there are too few values"))?;
        out.push_str(&one(&value, spec).ok_or_else(|| bad(spec))?);
        rest = after;
    }
    out.push_str(rest);
    Ok(Value::from(out))
}

/// One value by a format such as `.2f`, `05d`, `x`.
fn one(value: &Value, spec: &str) -> Option<String> {
    if spec.is_empty() {
        return Some(text(value));
    }
    let kind = spec.chars().last().filter(char::is_ascii_alphabetic);
    let body = kind.map_or(spec, |_| spec.get(..spec.len() - 1).unwrap_or_default());
    let (width, digits) = body.split_once('.').unwrap_or((body, ""));
    let number = super::numbers::to_float(value);
    let digits: usize = if digits.is_empty() { 6 } else { digits.parse().ok()? };
    let digits = digits.min(30);
    #[allow(clippy::cast_possible_truncation, reason = "shown, not computed with")]
    let whole = number.map(|number| number as i64);
    let shown = match kind {
        Some('f' | 'F') => format!("{:.digits$}", number?),
        Some('d') => whole?.to_string(),
        Some('x') => format!("{:x}", whole?),
        Some('X') => format!("{:X}", whole?),
        Some('b') => format!("{:b}", whole?),
        Some('%') | None | Some('s' | 'g') => text(value),
        _ => return None,
    };
    let zero = width.starts_with('0');
    let width: usize = width.trim_start_matches(['<', '>', '^', '+', ' ']).parse().unwrap_or(0);
    let fill = if zero { '0' } else { ' ' };
    Some(format!("{}{shown}", fill.to_string().repeat(width.min(200).saturating_sub(shown.chars().count()))))
}

fn on_map(state: &mut State<'_, '_>, map: &Value, method: &str, args: &[Value]) -> Result<Value, Error> {
    match method {
        "items" => state.apply_filter("items", std::slice::from_ref(map)),
        "keys" => Ok(map.try_iter()?.collect()),
        "values" => Ok(map.try_iter()?.filter_map(|key| map.get_item(&key).ok()).collect()),
        "get" => {
            let key = args.first().ok_or_else(unknown)?;
            let found = map.get_item(key)?;
            Ok(if found.is_undefined() {
                args.get(1).cloned().unwrap_or_else(|| Value::from(()))
            } else {
                found
            })
        }
        "copy" => Ok(map.clone()),
        _ => Err(unknown()),
    }
}

fn on_list(list: &Value, method: &str, args: &[Value]) -> Result<Value, Error> {
    let wanted = args.first();
    match method {
        "count" => Ok(Value::from(list.try_iter()?.filter(|item| Some(item) == wanted).count())),
        "index" => match list.try_iter()?.position(|item| Some(&item) == wanted) {
            Some(at) => Ok(Value::from(at)),
            None => Err(Error::new(ErrorKind::InvalidOperation, "the value is not in the list")),
        },
        "copy" => Ok(list.clone()),
        _ => Err(unknown()),
    }
}
