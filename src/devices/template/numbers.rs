//! Filters and functions about numbers, in Home Assistant's names.

use minijinja::value::{Kwargs, Rest, ValueKind, ValueOrKwargs};
use minijinja::{Environment, Error, ErrorKind, Value};

use super::python;

/// What Python's `float` takes: numbers, booleans and texts of numbers.
pub(super) fn to_float(value: &Value) -> Option<f64> {
    match value.kind() {
        ValueKind::Bool => Some(f64::from(u8::from(value.is_true()))),
        ValueKind::Number => f64::try_from(value.clone()).ok().or_else(|| value.to_string().parse().ok()),
        ValueKind::String => {
            let text = value.as_str()?.trim();
            // Rust also reads `infinity` and `nan`, as Python does; underscores are Python's alone.
            text.parse().ok().or_else(|| text.replace('_', "").parse().ok())
        }
        _ => None,
    }
}

/// A number for templates: whole where it is whole and asked for as such.
#[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
pub(super) fn whole(number: f64) -> Value {
    if number.abs() < 9e15 { Value::from(number as i64) } else { Value::from(number) }
}

fn bad(name: &str, value: &Value) -> Error {
    let mut shown = String::new();
    python::write_str(&mut shown, value);
    let shown: String = shown.chars().take(60).collect();
    Error::new(
        ErrorKind::InvalidOperation,
        format!("{name} got invalid input {shown:?}, and no default was given"),
    )
}

/// The default, given by place or by name.
fn fallback(rest: &[Value], kwargs: &Kwargs) -> Result<Option<Value>, Error> {
    let named: Option<Value> = kwargs.get("default")?;
    Ok(rest.first().cloned().or(named))
}

/// Splits what was called with into places and names.
pub(super) fn arguments(rest: Rest<ValueOrKwargs>) -> Result<(Vec<Value>, Kwargs), Error> {
    let mut places: Vec<Value> = rest.into_values();
    let kwargs = match places.last().filter(|last| last.is_kwargs()) {
        Some(_) => places.pop().and_then(|last| Kwargs::try_from(last).ok()),
        None => None,
    };
    Ok((places, kwargs.unwrap_or_else(|| std::iter::empty::<(&str, Value)>().collect())))
}

fn float(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let (places, kwargs) = arguments(rest)?;
    match to_float(value) {
        Some(number) => Ok(Value::from(number)),
        None => fallback(&places, &kwargs)?.ok_or_else(|| bad("float", value)),
    }
}

fn int(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let (places, kwargs) = arguments(rest)?;
    let base: Option<u32> = match places.get(1) {
        Some(base) => u32::try_from(base.clone()).ok(),
        None => kwargs.get("base")?,
    };
    let base = base.unwrap_or(10);
    if let (Some(text), true) = (value.as_str(), (2..=36).contains(&base) && base != 10) {
        let digits = text.trim().trim_start_matches("0x").trim_start_matches("0X").trim_start_matches("0b");
        if let Ok(number) = i64::from_str_radix(digits, base) {
            return Ok(Value::from(number));
        }
    }
    if value.is_integer() {
        return Ok(value.clone());
    }
    if let Some(number) = value.as_str().and_then(|text| text.trim().parse::<i64>().ok()) {
        return Ok(Value::from(number));
    }
    match to_float(value).filter(|number| number.is_finite()) {
        Some(number) => Ok(whole(number.trunc())),
        None => fallback(&places, &kwargs)?.ok_or_else(|| bad("int", value)),
    }
}

/// Python's rounding: a half goes to the even neighbour.
fn half_even(number: f64) -> f64 {
    let rounded = number.round();
    let is_half = (number - number.trunc()).abs() == 0.5;
    if is_half && rounded % 2.0 != 0.0 { rounded - number.signum() } else { rounded }
}

fn round(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let (places, kwargs) = arguments(rest)?;
    let precision: Option<i32> = match places.first() {
        Some(precision) => i32::try_from(precision.clone()).ok(),
        None => kwargs.get("precision")?,
    };
    let precision = precision.unwrap_or(0).clamp(-15, 15);
    let named: Option<String> = kwargs.get("method")?;
    let method = places.get(1).and_then(|method| method.as_str().map(ToOwned::to_owned)).or(named);
    let Some(number) = to_float(value) else {
        let default = places.get(2).cloned();
        let named: Option<Value> = kwargs.get("default")?;
        return default.or(named).ok_or_else(|| bad("round", value));
    };
    let scale = 10f64.powi(precision);
    let rounded = match method.as_deref() {
        Some("ceil") => (number * scale).ceil() / scale,
        Some("floor") => (number * scale).floor() / scale,
        Some("half") => half_even(number * 2.0) / 2.0,
        // Through text, which rounds the decimal number that was meant rather than its binary neighbour.
        _ if (0..=15).contains(&precision) => {
            let digits = usize::try_from(precision).unwrap_or(0);
            format!("{number:.digits$}").parse().unwrap_or(number)
        }
        _ => half_even(number * scale) / scale,
    };
    Ok(if precision == 0 || method.as_deref() == Some("half") && rounded.fract() == 0.0 {
        whole(rounded)
    } else {
        Value::from(rounded)
    })
}

fn binary(
    name: &'static str,
    op: fn(f64, f64) -> f64,
) -> impl Fn(Value, Rest<ValueOrKwargs>) -> Result<Value, Error> {
    move |value, rest| {
        let (places, kwargs) = arguments(rest)?;
        let by = places.first().and_then(to_float);
        match (to_float(&value), by) {
            (Some(number), Some(by)) => {
                let result = op(number, by);
                let exact = value.is_integer() && places.first().is_some_and(Value::is_integer);
                Ok(if exact && result.fract() == 0.0 { whole(result) } else { Value::from(result) })
            }
            _ => {
                let named: Option<Value> = kwargs.get("default")?;
                places.get(1).cloned().or(named).ok_or_else(|| bad(name, &value))
            }
        }
    }
}

fn unary(
    name: &'static str,
    op: fn(f64) -> f64,
) -> impl Fn(Value, Rest<ValueOrKwargs>) -> Result<Value, Error> {
    move |value, rest| {
        let (places, kwargs) = arguments(rest)?;
        let result = to_float(&value).map(op).filter(|result| result.is_finite());
        match result {
            Some(result) => Ok(Value::from(result)),
            None => fallback(&places, &kwargs)?.ok_or_else(|| bad(name, &value)),
        }
    }
}

fn bitwise(op: fn(i64, i64) -> i64) -> impl Fn(i64, i64) -> i64 {
    op
}

fn clamp(value: f64, low: f64, high: f64) -> f64 {
    value.max(low).min(high)
}

fn ordinal(value: i64) -> String {
    let suffix = match (value.rem_euclid(10), value.rem_euclid(100)) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{value}{suffix}")
}

fn is_number(value: &Value) -> bool {
    value.kind() != ValueKind::Bool && to_float(value).is_some_and(f64::is_finite)
}

/// The numbers of one list, or of all arguments.
fn numbers(values: Vec<Value>) -> Result<Vec<f64>, Error> {
    let list = match values.as_slice() {
        [single] if matches!(single.kind(), ValueKind::Seq | ValueKind::Iterable) => {
            single.try_iter()?.collect()
        }
        _ => values,
    };
    let all: Option<Vec<f64>> = list.iter().map(to_float).collect();
    match all {
        Some(all) if !all.is_empty() => Ok(all),
        _ => Err(Error::new(ErrorKind::InvalidOperation, "expected a list of numbers")),
    }
}

fn average(values: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let all = numbers(values.into_values())?;
    #[allow(clippy::cast_precision_loss, reason = "lists are short")]
    let count = all.len() as f64;
    Ok(Value::from(all.iter().sum::<f64>() / count))
}

fn median(values: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let mut all = numbers(values.into_values())?;
    all.sort_by(f64::total_cmp);
    let middle = all.len() / 2;
    let at = |index: usize| all.get(index).copied().unwrap_or(0.0);
    Ok(Value::from(if all.len() % 2 == 1 { at(middle) } else { (at(middle - 1) + at(middle)) / 2.0 }))
}

/// Makes the filters, tests and functions known.
pub(super) fn register(env: &mut Environment<'static>) {
    env.add_filter("float", float);
    env.add_function("float", float);
    env.add_filter("int", int);
    env.add_function("int", int);
    env.add_filter("round", round);
    env.add_filter("multiply", binary("multiply", |a, b| a * b));
    env.add_filter("add", binary("add", |a, b| a + b));
    env.add_filter("log", |value: Value, rest: Rest<ValueOrKwargs>| -> Result<Value, Error> {
        let (places, _) = arguments(rest)?;
        let base = places.first().and_then(to_float).unwrap_or(std::f64::consts::E);
        to_float(&value).map(|n| Value::from(n.log(base))).ok_or_else(|| bad("log", &value))
    });
    for (name, op) in [
        ("sqrt", f64::sqrt as fn(f64) -> f64),
        ("sin", f64::sin),
        ("cos", f64::cos),
        ("tan", f64::tan),
        ("asin", f64::asin),
        ("acos", f64::acos),
        ("atan", f64::atan),
    ] {
        env.add_filter(name, unary(name, op));
        env.add_function(name, unary(name, op));
    }
    env.add_function("atan2", |y: f64, x: f64| y.atan2(x));
    env.add_filter("bitwise_and", bitwise(|a, b| a & b));
    env.add_filter("bitwise_or", bitwise(|a, b| a | b));
    env.add_filter("bitwise_xor", bitwise(|a, b| a ^ b));
    env.add_filter("ordinal", ordinal);
    env.add_filter("clamp", clamp);
    env.add_function("clamp", clamp);
    env.add_function("log", |value: Value, base: Option<f64>| -> Result<Value, Error> {
        let base = base.unwrap_or(std::f64::consts::E);
        to_float(&value).map(|n| Value::from(n.log(base))).ok_or_else(|| bad("log", &value))
    });
    env.add_filter("is_number", |value: Value| is_number(&value));
    env.add_function("is_number", |value: Value| is_number(&value));
    env.add_test("is_number", |value: Value| is_number(&value));
    env.add_filter("average", average);
    env.add_function("average", average);
    env.add_filter("median", median);
    env.add_function("median", median);
    env.add_function("min", |values: Rest<ValueOrKwargs>| extreme(values, |a, b| a < b));
    env.add_function("max", |values: Rest<ValueOrKwargs>| extreme(values, |a, b| a > b));
    env.add_global("pi", Value::from(std::f64::consts::PI));
    env.add_global("e", Value::from(std::f64::consts::E));
    env.add_global("tau", Value::from(std::f64::consts::TAU));
    env.add_global("inf", Value::from(f64::INFINITY));
}

fn extreme(values: Rest<ValueOrKwargs>, better: fn(&Value, &Value) -> bool) -> Result<Value, Error> {
    let values = values.into_values();
    let list: Vec<Value> = match values.as_slice() {
        [single] if matches!(single.kind(), ValueKind::Seq | ValueKind::Iterable) => {
            single.try_iter()?.collect()
        }
        _ => values,
    };
    let best = list.into_iter().reduce(|best, next| if better(&next, &best) { next } else { best });
    best.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "expected at least one value"))
}
