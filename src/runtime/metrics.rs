//! Figures for Prometheus.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _, text};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::memory::Memory;

/// What came of something, for example `confirmed`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OutcomeLabel {
    /// From a fixed set of words, never from outside.
    pub outcome: &'static str,
}

/// An HTTP request's method and status.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct HttpLabel {
    /// `GET`, …
    pub method: &'static str,
    /// Of the answer.
    pub status: u16,
}

/// The hub's figures. All clones are one.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    /// Messages from the broker.
    pub mqtt_received: Counter,
    /// Messages to the broker.
    pub mqtt_published: Counter,
    /// Messages from the broker that were refused, for example broken discovery.
    pub mqtt_rejected: Counter,
    /// Entities in the registry.
    pub entities: Gauge,
    /// Devices in the registry.
    pub devices: Gauge,
    /// Sentences, by the kind of the reply.
    pub sentences: Family<OutcomeLabel, Counter>,
    /// From a sentence's arrival until its commands are handed to the broker's connection.
    pub sentence_seconds: Histogram,
    /// Commands to devices, by what came of them.
    pub commands: Family<OutcomeLabel, Counter>,
    /// From a command until the device confirmed it.
    pub confirm_seconds: Histogram,
    /// Requests to the API, by method and status.
    pub http_requests: Family<HttpLabel, Counter>,
    /// How long they took.
    pub http_seconds: Histogram,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// From 50 microseconds to about 3 seconds.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.000_05, 3.0, 11))
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            registry: Arc::new(Mutex::new(Registry::with_prefix("homeclaw"))),
            mqtt_received: Counter::default(),
            mqtt_published: Counter::default(),
            mqtt_rejected: Counter::default(),
            entities: Gauge::default(),
            devices: Gauge::default(),
            sentences: Family::default(),
            sentence_seconds: seconds(),
            commands: Family::default(),
            confirm_seconds: seconds(),
            http_requests: Family::default(),
            http_seconds: seconds(),
        };
        {
            let mut registry = metrics.registry.lock().unwrap_or_else(PoisonError::into_inner);
            metrics.register(&mut registry);
        }
        metrics
    }
}

impl Metrics {
    fn register(&self, registry: &mut Registry) {
        registry.register("mqtt_messages_received", "Messages from the broker", self.mqtt_received.clone());
        registry.register("mqtt_messages_published", "Messages to the broker", self.mqtt_published.clone());
        registry.register("mqtt_messages_rejected", "Messages that were refused", self.mqtt_rejected.clone());
        registry.register("entities", "Entities in the registry", self.entities.clone());
        registry.register("devices", "Devices in the registry", self.devices.clone());
        registry.register("sentences", "Sentences by kind of reply", self.sentences.clone());
        let unit = Unit::Seconds;
        let help = "From a sentence to its commands being sent";
        registry.register_with_unit("sentence", help, unit.clone(), self.sentence_seconds.clone());
        registry.register("commands", "Commands to devices by outcome", self.commands.clone());
        let help = "From a command to the device's confirmation";
        registry.register_with_unit("confirm", help, unit.clone(), self.confirm_seconds.clone());
        registry.register("http_requests", "Requests by method and status", self.http_requests.clone());
        registry.register_with_unit("http_request", "Duration of requests", unit, self.http_seconds.clone());
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The running version", build);
        registry.register_collector(Box::new(Process));
    }

    /// A figure that is asked for whenever Prometheus asks, such as the length of a queue.
    pub fn gauge(
        &self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> f64 + Send + Sync + 'static,
    ) {
        let asked = Asked { name, help, counts: false, read: Box::new(read) };
        self.registry.lock().unwrap_or_else(PoisonError::into_inner).register_collector(Box::new(asked));
    }

    /// As [`Metrics::gauge`], for a figure that somebody else counts up.
    pub fn counter(
        &self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> f64 + Send + Sync + 'static,
    ) {
        let asked = Asked { name, help, counts: true, read: Box::new(read) };
        self.registry.lock().unwrap_or_else(PoisonError::into_inner).register_collector(Box::new(asked));
    }

    /// Everything in the OpenMetrics text format.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut out = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = text::encode(&mut out, &registry) {
            tracing::error!(%error, "the figures cannot be written");
        }
        out
    }
}

struct Asked {
    name: &'static str,
    help: &'static str,
    counts: bool,
    read: Box<dyn Fn() -> f64 + Send + Sync>,
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Collector for Asked {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let value = (self.read)();
        if self.counts {
            let metric = ConstCounter::new(value);
            metric.encode(encoder.encode_descriptor(self.name, self.help, None, metric.metric_type())?)
        } else {
            let metric = ConstGauge::new(value);
            metric.encode(encoder.encode_descriptor(self.name, self.help, None, metric.metric_type())?)
        }
    }
}

/// The process's memory.
#[derive(Debug)]
struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let memory = Memory::read();
        let figures = [
            ("memory_resident", "Memory in use", memory.resident),
            ("memory_peak", "Most memory that was in use", memory.peak),
            ("memory_limit", "Memory that may be used", memory.ceiling()),
        ];
        for (name, help, bytes) in figures {
            let Some(bytes) = bytes else { continue };
            #[allow(clippy::cast_precision_loss, reason = "a figure for a plot")]
            let metric = ConstGauge::new(bytes as f64);
            let unit = Unit::Bytes;
            metric.encode(encoder.encode_descriptor(name, help, Some(&unit), metric.metric_type())?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_stay_as_they_are() {
        let metrics = Metrics::default();
        metrics.gauge("clients", "Clients", || 25.0);
        metrics.entities.set(65);
        metrics.counter("events", "Events", || 7.0);
        metrics.sentences.get_or_create(&OutcomeLabel { outcome: "action_done" }).inc();
        metrics.http_requests.get_or_create(&HttpLabel { method: "GET", status: 200 }).inc();
        let text = metrics.encode();
        assert!(
            text.contains("homeclaw_clients 25.0")
                && text.contains("homeclaw_entities 65\n")
                && text.contains("homeclaw_events_total 7.0"),
            "{text}"
        );
        let described: Vec<_> = text.lines().filter(|line| line.starts_with("# TYPE")).collect();
        insta::assert_snapshot!(described.join("\n"));
    }
}
