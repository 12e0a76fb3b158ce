//! The newest log lines, kept in memory so that the panel can show and follow them.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::broadcast;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use utoipa::ToSchema;

use crate::model::Timestamp;

use super::clock;

/// How many lines are kept.
const KEPT: usize = 1_000;
/// How far a follower may fall behind before it misses lines.
const BEHIND: usize = 256;
/// Longest text of a line or field, in bytes.
const LONGEST: usize = 2_048;
/// Most fields of a line.
const FIELDS: usize = 16;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LogLevel)]
pub enum LogImportance {
    /// Something failed, and somebody has to do something.
    Error,
    /// Something is wrong, and the hub copes.
    Warn,
    /// What an owner wants to know.
    Info,
    /// What a developer wants to know.
    Debug,
    /// Each message.
    Trace,
}

/// A log line.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LogEntry {
    /// When.
    pub time: Timestamp,
    /// How much it matters.
    pub level: LogImportance,
    /// The module that wrote it.
    #[schema(example = "homeclaw::hub")]
    pub target: String,
    /// The words.
    pub message: String,
    /// Named values, its spans' included.
    #[schema(value_type = Object)]
    pub fields: Map<String, Value>,
}

/// The newest lines. All clones are one.
#[derive(Debug, Clone)]
pub struct Logs {
    lines: Arc<Mutex<VecDeque<Arc<LogEntry>>>>,
    follow: broadcast::Sender<Arc<LogEntry>>,
}

impl Default for Logs {
    fn default() -> Self {
        Self { lines: Arc::default(), follow: broadcast::channel(BEHIND).0 }
    }
}

impl Logs {
    /// The newest `most` lines, the oldest of them first.
    #[must_use]
    pub fn newest(&self, most: usize) -> Vec<Arc<LogEntry>> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().skip(lines.len().saturating_sub(most)).cloned().collect()
    }

    /// Lines from now on.
    #[must_use]
    pub fn follow(&self) -> broadcast::Receiver<Arc<LogEntry>> {
        self.follow.subscribe()
    }

    /// Keeps a line.
    pub fn push(&self, entry: LogEntry) {
        let entry = Arc::new(entry);
        {
            let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.len() >= KEPT {
                lines.pop_front();
            }
            lines.push_back(Arc::clone(&entry));
        }
        // Mostly nobody follows.
        let _ = self.follow.send(entry);
    }
}

/// Values of a span, waiting for its events.
struct SpanFields(Map<String, Value>);

impl<S> Layer<S> for Logs
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut collect = Collect::default();
        attributes.record(&mut collect);
        if let Some(span) = context.span(id) {
            span.extensions_mut().replace(SpanFields(collect.fields));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(SpanFields(fields)) = span.extensions_mut().get_mut::<SpanFields>() {
            let mut collect = Collect { message: String::new(), fields: std::mem::take(fields) };
            values.record(&mut collect);
            *fields = collect.fields;
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut collect = Collect::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(SpanFields(fields)) = span.extensions().get::<SpanFields>() {
                collect.fields.extend(fields.clone());
            }
        }
        event.record(&mut collect);
        let metadata = event.metadata();
        self.push(LogEntry {
            time: clock::now(),
            level: match *metadata.level() {
                tracing::Level::ERROR => LogImportance::Error,
                tracing::Level::WARN => LogImportance::Warn,
                tracing::Level::INFO => LogImportance::Info,
                tracing::Level::DEBUG => LogImportance::Debug,
                tracing::Level::TRACE => LogImportance::Trace,
            },
            target: metadata.target().to_owned(),
            message: collect.message,
            fields: collect.fields,
        });
    }
}

#[derive(Default)]
struct Collect {
    message: String,
    fields: Map<String, Value>,
}

impl Collect {
    fn put(&mut self, field: &Field, value: Value) {
        if self.fields.len() < FIELDS || self.fields.contains_key(field.name()) {
            self.fields.insert(field.name().to_owned(), value);
        }
    }
}

/// Cuts a text so that one huge payload does not fill the memory.
fn cut(mut text: String) -> String {
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

impl Visit for Collect {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = cut(format!("{value:?}"));
        if field.name() == "message" { self.message = text } else { self.put(field, Value::String(text)) }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let text = cut(value.to_owned());
        if field.name() == "message" { self.message = text } else { self.put(field, Value::String(text)) }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[test]
    fn lines_carry_their_spans_and_are_bounded() {
        let logs = Logs::default();
        let mut follow = logs.follow();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(logs.clone()), || {
            let span = tracing::info_span!("request", request_id = "r1", channel = "panel");
            let _guard = span.enter();
            tracing::warn!(code = 503, "the broker is {}", "away");
            tracing::info!(payload = "é".repeat(5_000), "big");
            for n in 0..1_100 {
                tracing::debug!(n, "more");
            }
        });
        assert_eq!(logs.newest(10_000).len(), KEPT);
        assert_eq!(logs.newest(1)[0].fields["n"], 1_099);
        // The follower fell behind; what it gets is whole all the same.
        assert!(matches!(follow.try_recv(), Err(broadcast::error::TryRecvError::Lagged(_))));
        assert_eq!(follow.try_recv().unwrap().fields["request_id"], "r1");
    }

    #[test]
    fn a_line_has_words_and_values() {
        let logs = Logs::default();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(logs.clone()), || {
            tracing::error!(code = 503, payload = "é".repeat(5_000), "the broker is {}", "away");
        });
        let line = &logs.newest(1)[0];
        assert_eq!((line.level, line.message.as_str()), (LogImportance::Error, "the broker is away"));
        assert_eq!(line.fields["code"], 503);
        assert!(line.fields["payload"].as_str().unwrap().len() <= LONGEST + 3);
    }
}
