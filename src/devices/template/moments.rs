//! Dates and times in templates. The time comes from outside, with each message.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use minijinja::value::{Object, ObjectRepr, Rest, ValueOrKwargs};
use minijinja::{Environment, Error, ErrorKind, State, Value};

use super::numbers::{arguments, to_float};
use super::words::text;

/// The time of the message that is being read, and where the home is.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    millis: Arc<AtomicI64>,
    zone: TimeZone,
}

impl Clock {
    pub(super) fn new(zone: TimeZone) -> Self {
        Self { millis: Arc::new(AtomicI64::new(0)), zone }
    }

    pub(super) fn set(&self, now: crate::model::Timestamp) {
        self.millis.store(now.as_millis(), Ordering::Relaxed);
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.millis.load(Ordering::Relaxed)).unwrap_or_default()
    }
}

/// A point in time, with the parts and methods of Python's `datetime`.
#[derive(Debug, Clone)]
pub(super) struct Moment(Zoned);

impl Moment {
    pub(super) fn at(&self) -> Timestamp {
        self.0.timestamp()
    }

    pub(super) fn zone(&self) -> TimeZone {
        self.0.time_zone().clone()
    }

    pub(super) fn value(at: Timestamp, zone: &TimeZone) -> Value {
        Value::from_object(Self(at.to_zoned(zone.clone())))
    }

    /// As Python writes it, with `T` or a space between date and time.
    fn iso(&self, between: char) -> String {
        let micros = i32::from(self.0.microsecond()) + i32::from(self.0.millisecond()) * 1000;
        let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
        format!(
            "{}{fraction}{}",
            self.0.strftime(&format!("%Y-%m-%d{between}%H:%M:%S")),
            self.0.strftime("%:z")
        )
    }

    #[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit a float")]
    fn seconds(&self) -> f64 {
        self.0.timestamp().as_millisecond() as f64 / 1000.0
    }
}

impl Object for Moment {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let at = &self.0;
        Some(match key.as_str()? {
            "year" => Value::from(at.year()),
            "month" => Value::from(at.month()),
            "day" => Value::from(at.day()),
            "hour" => Value::from(at.hour()),
            "minute" => Value::from(at.minute()),
            "second" => Value::from(at.second()),
            "microsecond" => Value::from(i32::from(at.millisecond()) * 1000),
            _ => return None,
        })
    }

    fn call_method(
        self: &Arc<Self>,
        _: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        Ok(match method {
            "isoformat" => Value::from(self.iso('T')),
            "timestamp" => Value::from(self.seconds()),
            "strftime" => Value::from(formatted(&self.0, &args.first().map(text).unwrap_or_default())?),
            "weekday" => Value::from(self.0.weekday().to_monday_zero_offset()),
            "isoweekday" => Value::from(self.0.weekday().to_monday_one_offset()),
            "date" => Value::from(self.0.date().to_string()),
            "time" => Value::from(self.0.time().to_string()),
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iso(' '))
    }
}

/// `strftime`; a format that is none is an error rather than a panic.
fn formatted(at: &Zoned, format: &str) -> Result<String, Error> {
    jiff::fmt::strtime::format(format, at)
        .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
}

/// A point in time from a text, a number of seconds, or another point.
fn point(value: &Value, zone: &TimeZone) -> Option<Timestamp> {
    if let Some(moment) = value.downcast_object_ref::<Moment>() {
        return Some(moment.0.timestamp());
    }
    if let Some(seconds) = to_float(value).filter(|seconds| seconds.is_finite() && seconds.abs() < 1e11) {
        #[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
        return Timestamp::from_millisecond((seconds * 1000.0).round() as i64).ok();
    }
    let text = text(value);
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let local = text.parse::<jiff::civil::DateTime>().ok()?;
    Some(local.to_zoned(zone.clone()).ok()?.timestamp())
}

fn bad(name: &str, value: &Value) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("{name} got invalid input {:?}", text(value)))
}

/// Adds a function and the filter of the same name that read a point in time and may have a default.
fn add<F>(env: &mut Environment<'static>, clock: &Clock, name: &'static str, then: F)
where
    F: Fn(Timestamp, &[Value]) -> Result<Value, Error> + Send + Sync + Clone + 'static,
{
    let zone = clock.zone.clone();
    let run = move |value: Value, rest: Rest<ValueOrKwargs>| -> Result<Value, Error> {
        let (places, kwargs) = arguments(rest)?;
        match point(&value, &zone) {
            Some(at) => then(at, &places),
            None => {
                let named: Option<Value> = kwargs.get("default")?;
                let last = places.last().filter(|_| name != "timestamp_custom").cloned();
                named.or(last).ok_or_else(|| bad(name, &value))
            }
        }
    };
    env.add_filter(name, run.clone());
    env.add_function(name, run);
}

/// Makes the filters and functions known.
pub(super) fn register(env: &mut Environment<'static>, clock: &Clock) {
    let (zone, utc) = (clock.zone.clone(), TimeZone::UTC);
    let at = clock.clone();
    env.add_function("now", move || Moment::value(at.now(), &at.zone));
    let at = clock.clone();
    env.add_function("utcnow", move || Moment::value(at.now(), &TimeZone::UTC));
    let at = clock.clone();
    env.add_function("today_at", move |time: Option<String>| -> Result<Value, Error> {
        let time = time.unwrap_or_else(|| "00:00".to_owned());
        let parsed = time.parse::<jiff::civil::Time>().map_err(|_| bad("today_at", &Value::from(time)))?;
        let date = at.now().to_zoned(at.zone.clone()).date();
        let zoned = date.to_datetime(parsed).to_zoned(at.zone.clone());
        zoned.map(|zoned| Value::from_object(Moment(zoned))).map_err(|_| bad("today_at", &Value::from("")))
    });
    add(env, clock, "as_timestamp", |at, _| Ok(Value::from(Moment(at.to_zoned(TimeZone::UTC)).seconds())));
    let own = zone.clone();
    add(env, clock, "as_datetime", move |at, _| Ok(Moment::value(at, &own)));
    let own = zone.clone();
    add(env, clock, "as_local", move |at, _| Ok(Moment::value(at, &own)));
    let own = zone.clone();
    add(env, clock, "timestamp_local", move |at, _| {
        Ok(Value::from(Moment(at.to_zoned(own.clone())).iso('T')))
    });
    add(env, clock, "timestamp_utc", move |at, _| Ok(Value::from(Moment(at.to_zoned(utc.clone())).iso('T'))));
    let own = zone.clone();
    add(env, clock, "timestamp_custom", move |at, places| {
        let format = places.first().map_or_else(|| "%Y-%m-%d %H:%M:%S".to_owned(), text);
        let local = places.get(1).is_none_or(Value::is_true);
        let zone = if local { own.clone() } else { TimeZone::UTC };
        formatted(&at.to_zoned(zone), &format).map(Value::from)
    });
    env.add_function("strptime", move |value: String, format: String| -> Result<Value, Error> {
        let parsed = jiff::fmt::strtime::parse(&format, &value);
        let parsed = parsed.map_err(|_| bad("strptime", &Value::from(value.as_str())))?;
        if let Ok(at) = parsed.to_timestamp() {
            return Ok(Moment::value(at, &zone));
        }
        let local = parsed.to_datetime().and_then(|local| local.to_zoned(zone.clone()));
        local.map(|zoned| Value::from_object(Moment(zoned))).map_err(|_| bad("strptime", &Value::from(value)))
    });
}
