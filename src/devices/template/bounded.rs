//! Filters that could make far more of a value than was put in, each with its bound.

use minijinja::value::{Rest, ValueKind, ValueOrKwargs};
use minijinja::{Environment, Error, ErrorKind, Value};

use super::MAX_OUTPUT;
use super::numbers::{arguments, to_float};
use super::ration;
use super::words::text;

/// What an item of a list takes.
const ITEM: usize = 24;

fn too_long() -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("the template makes more than {MAX_OUTPUT} bytes"))
}

fn replace(value: &Value, from: &Value, to: &Value) -> Result<String, Error> {
    let (subject, from, to) = (text(value), text(from), text(to));
    if from.is_empty() {
        return Ok(subject);
    }
    let grown = subject.matches(&*from).count().saturating_mul(to.len()).saturating_add(subject.len());
    if grown > MAX_OUTPUT {
        return Err(too_long());
    }
    ration::take(grown)?;
    Ok(subject.replace(&*from, &to))
}

fn join(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<String, Error> {
    let (places, kwargs) = arguments(rest)?;
    let mark = places.first().map(text).unwrap_or_default();
    let attribute: Option<String> = kwargs.get("attribute")?;
    let attribute = attribute.or_else(|| places.get(1).map(text));
    let mut out = String::new();
    for (index, item) in value.try_iter()?.enumerate() {
        if index > 0 {
            out.push_str(&mark);
        }
        let item = match &attribute {
            Some(name) => item.get_attr(name)?,
            None => item,
        };
        let item = text(&item);
        ration::take(item.len() + mark.len())?;
        out.push_str(&item);
        if out.len() > MAX_OUTPUT {
            return Err(too_long());
        }
    }
    Ok(out)
}

fn indent(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<String, Error> {
    let (places, _) = arguments(rest)?;
    let width = places.first().and_then(Value::as_usize).unwrap_or(4).min(100);
    let pad = " ".repeat(width);
    let subject = text(value);
    if subject.len().saturating_mul(width) > MAX_OUTPUT {
        return Err(too_long());
    }
    ration::take(subject.len().saturating_mul(width + 1))?;
    Ok(subject
        .lines()
        .enumerate()
        .map(|(at, line)| if at == 0 { line.to_owned() } else { format!("\n{pad}{line}") })
        .collect())
}

/// `'%0.2f' | format(…)`: Python's percent formats.
fn format(subject: &Value, rest: Rest<ValueOrKwargs>) -> Result<String, Error> {
    let (places, _) = arguments(rest)?;
    let mut values = places.into_iter();
    let bad = || Error::new(ErrorKind::InvalidOperation, "format: the values do not fit the format");
    let subject = text(subject);
    let mut out = String::new();
    let mut chars = subject.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = String::new();
        while let Some(next) = chars.next_if(|next| matches!(next, '0'..='9' | '.' | '-' | '+' | ' ' | '#')) {
            spec.push(next);
        }
        match chars.next() {
            Some('%') => out.push('%'),
            Some(kind) => out.push_str(&one(&values.next().ok_or_else(bad)?, &spec, kind).ok_or_else(bad)?),
            None => return Err(bad()),
        }
        if out.len() > MAX_OUTPUT {
            return Err(too_long());
        }
    }
    Ok(out)
}

/// One value by a percent format.
fn one(value: &Value, spec: &str, kind: char) -> Option<String> {
    let left = spec.contains('-');
    let plus = spec.contains('+');
    let body = spec.trim_start_matches(['-', '+', ' ', '#']);
    let (width, digits) = body.split_once('.').unwrap_or((body, ""));
    let zero = width.starts_with('0');
    let width = width.parse::<usize>().unwrap_or(0).min(200);
    let precision = digits.parse::<usize>().ok().map(|digits| digits.min(30));
    let number = || to_float(value).filter(|number| number.is_finite());
    #[allow(clippy::cast_possible_truncation, reason = "shown, not computed with")]
    let whole = || number().map(|number| number.trunc() as i64);
    let shown = match kind {
        'f' | 'F' => format!("{:.*}", precision.unwrap_or(6), number()?),
        'e' => format!("{:.*e}", precision.unwrap_or(6), number()?),
        'g' => super::python::float(number()?).trim_end_matches(".0").to_owned(),
        'd' | 'i' | 'u' => whole()?.to_string(),
        'x' => format!("{:x}", whole()?),
        'X' => format!("{:X}", whole()?),
        'o' => format!("{:o}", whole()?),
        's' | 'r' => text(value).chars().take(precision.unwrap_or(usize::MAX)).collect(),
        _ => return None,
    };
    let shown = if plus && !shown.starts_with('-') && kind != 's' { format!("+{shown}") } else { shown };
    let missing = width.saturating_sub(shown.chars().count());
    Some(match (left, zero && kind != 's', shown.strip_prefix('-')) {
        (true, ..) => format!("{shown}{}", " ".repeat(missing)),
        (_, true, Some(digits)) => format!("-{}{digits}", "0".repeat(missing)),
        (_, true, None) => format!("{}{shown}", "0".repeat(missing)),
        _ => format!("{}{shown}", " ".repeat(missing)),
    })
}

/// `truncate(length, killwords, end, leeway)`.
fn truncate(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<String, Error> {
    let (places, kwargs) = arguments(rest)?;
    let named = |name: &str| kwargs.get::<Option<Value>>(name);
    let place = |index: usize| places.get(index).cloned();
    let length = place(0).or(named("length")?).and_then(|length| length.as_usize()).unwrap_or(255);
    let cut_words = place(1).or(named("killwords")?).is_some_and(|cut| cut.is_true());
    let end = place(2).or(named("end")?).map_or_else(|| "...".to_owned(), |end| text(&end));
    let leeway = place(3).or(named("leeway")?).and_then(|leeway| leeway.as_usize()).unwrap_or(5);
    let subject = text(value);
    if subject.chars().count() <= length.saturating_add(leeway) {
        return Ok(subject);
    }
    let kept: String = subject.chars().take(length.saturating_sub(end.chars().count())).collect();
    let kept = if cut_words {
        kept.as_str()
    } else {
        kept.rsplit_once(' ').map_or(kept.as_str(), |(words, _)| words)
    };
    Ok(format!("{kept}{end}"))
}

/// Lists of lists, with a bound on how many there are.
fn chunks(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<Vec<Value>, Error> {
    let (places, _) = arguments(rest)?;
    let size = places.first().and_then(Value::as_usize).unwrap_or(1).clamp(1, 10_000);
    let all: Vec<Value> = value.try_iter()?.take(10_000).collect();
    ration::take(all.len() * ITEM)?;
    Ok(all.chunks(size).map(|chunk| Value::from(chunk.to_vec())).collect())
}

fn slices(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<Vec<Value>, Error> {
    let (places, _) = arguments(rest)?;
    let count = places.first().and_then(Value::as_usize).unwrap_or(1).clamp(1, 10_000);
    let all: Vec<Value> = value.try_iter()?.take(10_000).collect();
    ration::take(all.len() * ITEM)?;
    let (size, more) = (all.len() / count, all.len() % count);
    let mut items = all.into_iter();
    Ok((0..count).map(|index| items.by_ref().take(size + usize::from(index < more)).collect()).collect())
}

/// A list, shorter than what fuel alone would allow.
fn range(rest: Rest<ValueOrKwargs>) -> Result<Vec<i64>, Error> {
    let (places, _) = arguments(rest)?;
    let whole: Option<Vec<i64>> = places.iter().map(Value::as_i64).collect();
    let (start, stop, step) = match whole.as_deref() {
        Some([stop]) => (0, *stop, 1),
        Some([start, stop]) => (*start, *stop, 1),
        Some([start, stop, step]) if *step != 0 => (*start, *stop, *step),
        _ => return Err(Error::new(ErrorKind::InvalidOperation, "range takes one to three whole numbers")),
    };
    let inside = |at: &i64| if step > 0 { *at < stop } else { *at > stop };
    let items: Vec<i64> = std::iter::successors(Some(start), |at| at.checked_add(step))
        .take_while(inside)
        .take(10_001)
        .collect();
    if items.len() > 10_000 {
        return Err(too_long());
    }
    ration::take(items.len() * ITEM)?;
    Ok(items)
}

type OfText = fn(&str) -> String;

/// Filters that make one text of another.
const TEXTS: &[(&str, OfText)] = &[
    ("lower", |text| text.to_lowercase()),
    ("upper", |text| text.to_uppercase()),
    ("capitalize", |text| {
        let mut chars = text.chars();
        let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
        first + &chars.as_str().to_lowercase()
    }),
    ("string", str::to_owned),
];

/// Makes the bounded filters known in place of the engine's own.
pub(super) fn register(env: &mut Environment<'static>) {
    for (name, make) in TEXTS {
        env.add_filter(*name, move |value: Value| -> Result<String, Error> {
            let made = make(&text(&value));
            ration::take(made.len())?;
            Ok(made)
        });
    }
    env.add_filter("trim", |value: Value, marks: Option<String>| -> Result<String, Error> {
        let subject = text(&value);
        ration::take(subject.len())?;
        Ok(match marks {
            Some(marks) => subject.trim_matches(|c| marks.contains(c)).to_owned(),
            None => subject.trim().to_owned(),
        })
    });
    env.add_filter("reverse", |value: Value| -> Result<Value, Error> {
        ration::charge(&value)?;
        value.reverse()
    });
    env.add_filter("replace", replace);
    env.add_filter("join", join);
    env.add_filter("indent", indent);
    env.add_filter("format", format);
    env.add_filter("truncate", truncate);
    env.add_filter("batch", chunks);
    env.add_filter("slice", slices);
    env.add_filter("list", |value: Value| -> Result<Vec<Value>, Error> {
        if value.kind() == ValueKind::String {
            let chars: Vec<Value> = text(&value).chars().take(10_000).map(Value::from).collect();
            ration::take(chars.len() * ITEM)?;
            return Ok(chars);
        }
        Ok(value.try_iter()?.take(10_000).collect())
    });
    env.add_function("range", range);
    env.remove_filter("pprint");
    env.remove_filter("chain");
    env.remove_global("debug");
}
