//! Spans of time: `timedelta(…)`, and points in time plus and minus spans.
//!
//! The engine's `+` and `-` know numbers, texts and lists only. In a template that speaks of spans they are
//! written as the filters made known here.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use minijinja::value::{Object, ObjectRepr, Rest, ValueOrKwargs};
use minijinja::{Environment, Error, ErrorKind, State, Value};

use super::moments::{Clock, Moment};
use super::numbers::{arguments, to_float};
use super::words::text;

/// A span of time, as Python's `timedelta`.
#[derive(Debug, Clone, Copy)]
struct Delta(f64);

/// The units that `timedelta` takes, in the order in which it takes them by place, in seconds.
const UNITS: [(&str, f64); 7] = [
    ("days", 86_400.0),
    ("seconds", 1.0),
    ("microseconds", 1e-6),
    ("milliseconds", 1e-3),
    ("minutes", 60.0),
    ("hours", 3_600.0),
    ("weeks", 604_800.0),
];

impl Object for Delta {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let days = (self.0 / 86_400.0).floor();
        match key.as_str()? {
            "days" => Some(super::numbers::whole(days)),
            "seconds" => Some(super::numbers::whole((self.0 - days * 86_400.0).floor())),
            _ => None,
        }
    }

    fn call_method(
        self: &Arc<Self>,
        _: &mut State<'_, '_>,
        method: &str,
        _: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "total_seconds" => Ok(Value::from(self.0)),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }

    /// As Python writes it: `1 day, 2:03:04`.
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = (self.0 / 86_400.0).floor();
        let rest = self.0 - days * 86_400.0;
        if days != 0.0 {
            let plural = if days.abs() == 1.0 { "" } else { "s" };
            write!(f, "{days} day{plural}, ")?;
        }
        let (hours, minutes) = ((rest / 3600.0).floor(), (rest / 60.0).floor() % 60.0);
        let seconds = rest % 60.0;
        write!(f, "{hours}:{minutes:02}:{:02}", seconds.floor())?;
        if seconds.fract() > 1e-7 {
            write!(f, ".{:06}", (seconds.fract() * 1e6).round())?;
        }
        Ok(())
    }
}

fn value(seconds: f64) -> Result<Value, Error> {
    if seconds.is_finite() && seconds.abs() < 1e11 {
        return Ok(Value::from_object(Delta(seconds)));
    }
    Err(Error::new(ErrorKind::InvalidOperation, "the span of time is too long"))
}

fn delta(value: &Value) -> Option<f64> {
    value.downcast_object_ref::<Delta>().map(|delta| delta.0)
}

fn moved(moment: &Moment, seconds: f64) -> Result<Value, Error> {
    let span = SignedDuration::try_from_secs_f64(seconds);
    let at = span.and_then(|span| moment.at().checked_add(span));
    at.map(|at| Moment::value(at, &moment.zone()))
        .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
}

fn seconds_between(later: Timestamp, earlier: Timestamp) -> f64 {
    later.duration_since(earlier).as_secs_f64()
}

/// `left + right` or `left - right`, where one of them is about time; numbers as ever.
fn shifted(left: &Value, right: &Value, sign: f64) -> Result<Value, Error> {
    let moment = |value: &Value| value.downcast_object_ref::<Moment>().cloned();
    match (moment(left), moment(right), delta(left), delta(right)) {
        (Some(at), None, _, Some(by)) => moved(&at, sign * by),
        (None, Some(at), Some(by), _) if sign > 0.0 => moved(&at, by),
        (Some(later), Some(earlier), ..) if sign < 0.0 => value(seconds_between(later.at(), earlier.at())),
        (None, None, Some(a), Some(b)) => value(a + sign * b),
        (None, None, None, None) => numbers(left, right, sign),
        _ => Err(Error::new(ErrorKind::InvalidOperation, "a time and a number do not add up")),
    }
}

fn numbers(left: &Value, right: &Value, sign: f64) -> Result<Value, Error> {
    let bad = || {
        let shown = format!("{:?} and {:?} do not add up", text(left), text(right));
        Error::new(ErrorKind::InvalidOperation, shown)
    };
    if !left.is_number() || !right.is_number() {
        return Err(bad());
    }
    let sum = to_float(left).zip(to_float(right)).map(|(a, b)| a + sign * b).ok_or_else(bad)?;
    Ok(if left.is_integer() && right.is_integer() { super::numbers::whole(sum) } else { Value::from(sum) })
}

fn timedelta(rest: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let (places, kwargs) = arguments(rest)?;
    let mut seconds = 0.0;
    for (index, (unit, length)) in UNITS.iter().enumerate() {
        let named: Option<Value> = kwargs.get(unit)?;
        if let Some(given) = named.or_else(|| places.get(index).cloned()) {
            let number = to_float(&given).filter(|_| !given.is_undefined());
            let bad = || Error::new(ErrorKind::InvalidOperation, format!("timedelta: {unit} is no number"));
            seconds += number.ok_or_else(bad)? * length;
        }
    }
    value(seconds)
}

/// `HH:MM:SS` or a number of seconds.
fn as_timedelta(given: &Value) -> Result<Value, Error> {
    let shown = text(given);
    let mut seconds = 0.0;
    for part in shown.trim().split(':') {
        let number: f64 = part.trim().parse().map_err(|_| {
            Error::new(ErrorKind::InvalidOperation, format!("as_timedelta got invalid input {shown:?}"))
        })?;
        seconds = seconds * 60.0 + number;
    }
    value(seconds)
}

/// How long ago something was, in its largest unit: `3 hours`.
fn ago(seconds: f64) -> String {
    const STEPS: [(&str, f64); 6] = [
        ("year", 31_536_000.0),
        ("month", 2_592_000.0),
        ("day", 86_400.0),
        ("hour", 3_600.0),
        ("minute", 60.0),
        ("second", 1.0),
    ];
    let seconds = seconds.abs();
    let (unit, length) = STEPS.into_iter().find(|(_, length)| seconds >= *length).unwrap_or(("second", 1.0));
    let count = (seconds / length).floor();
    format!("{count} {unit}{}", if count == 1.0 { "" } else { "s" })
}

/// Makes the functions and filters known.
pub(super) fn register(env: &mut Environment<'static>, clock: &Clock) {
    env.add_function("timedelta", timedelta);
    env.add_function("as_timedelta", |given: Value| as_timedelta(&given));
    env.add_filter("as_timedelta", |given: Value| as_timedelta(&given));
    env.add_filter("__plus", |left: Value, right: Value| shifted(&left, &right, 1.0));
    env.add_filter("__minus", |left: Value, right: Value| shifted(&left, &right, -1.0));
    for (name, sign) in [("relative_time", 1.0), ("time_since", 1.0), ("time_until", -1.0)] {
        let clock = clock.clone();
        let run = move |given: Value, _: Rest<ValueOrKwargs>| -> Value {
            match given.downcast_object_ref::<Moment>() {
                Some(moment) => {
                    let seconds =
                        sign * seconds_between(clock.now().to_zoned(TimeZone::UTC).timestamp(), moment.at());
                    Value::from(if seconds >= 0.0 { ago(seconds) } else { "0 seconds".to_owned() })
                }
                None => given,
            }
        };
        env.add_filter(name, run.clone());
        env.add_function(name, run);
    }
}
