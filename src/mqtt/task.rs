//! The task that keeps the connection: connects, reconnects, and says how it is.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rumqttc::mqttbytes::Error as PacketError;
use rumqttc::{
    ConnectionError, EventLoop, LastWill, MqttOptions, QoS, Request, StateError, TlsConfiguration, Transport,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::model::HealthLevel;
use crate::runtime::contain;

use super::client::{OVERHEAD, Shared};
use super::connection::{self, End};
use super::settings::ClientSettings;
use super::sink::Sink;
use super::tls::{self, TlsError};
use super::words;

/// A connection that lives this long was a good one: the next wait is short again.
const GOOD_AFTER: Duration = Duration::from_secs(5);
/// Messages of quality 1 and 2 that were under way when the connection broke are sent again if it is back
/// within this time. Later they would switch things that nobody waits for any more.
const RESEND_WITHIN: Duration = Duration::from_secs(30);
/// Largest packet that is read at all. One that is larger breaks every connection in which it comes.
const READ_AT_MOST: usize = 32 * 1024 * 1024;

/// Why the client cannot run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The certificates to trust cannot be read.
    #[error("mqtt.broker.tls: {0}")]
    Tls(#[from] TlsError),
    /// A panic.
    #[error("a fault in the program: {0}")]
    Fault(String),
}

/// Drives the client. Clones are for the next try after a fault; one at a time may run.
#[derive(Clone)]
pub struct ClientTask {
    settings: ClientSettings,
    options: MqttOptions,
    shared: Arc<Shared>,
}

/// rumqttc's options from ours.
pub(super) fn options(settings: &ClientSettings) -> Result<MqttOptions, TaskError> {
    let host = if settings.host.contains(':') && settings.tls.is_none() {
        format!("[{}]", settings.host)
    } else {
        settings.host.clone()
    };
    let mut options = MqttOptions::new(&settings.client_id, host, settings.port);
    let will = LastWill::new(&settings.status_topic, "offline", QoS::AtLeastOnce, true);
    let most = settings.max_payload + OVERHEAD;
    options
        .set_keep_alive(settings.keep_alive)
        .set_clean_session(settings.clean_session)
        .set_last_will(will)
        .set_manual_acks(true)
        .set_max_packet_size(most.max(1024 * 1024), most);
    if let Some(login) = &settings.login {
        options.set_credentials(&login.user, &login.password);
    }
    if let Some(tls) = &settings.tls {
        let config = tls::client_config(tls)?;
        options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(config)));
    }
    Ok(options)
}

impl ClientTask {
    pub(super) fn new(settings: ClientSettings, options: MqttOptions, shared: Arc<Shared>) -> Self {
        Self { settings, options, shared }
    }

    /// Connects, and connects again whenever the connection breaks, until `shutdown` or until the sink is gone.
    ///
    /// # Errors
    /// [`TaskError::Fault`] when a panic ended it. Everything is subscribed to again when a clone of the task runs;
    /// what was in the queue is lost.
    pub async fn run<S: Sink>(self, sink: S, shutdown: CancellationToken) -> Result<(), TaskError> {
        let ended = contain(self.keep_connected(&sink, &shutdown)).await.unwrap_or_else(Err);
        if let (true, Err(_)) = (self.shared.close(), &ended) {
            // A sink that is gone knows.
            let _ = sink.connected(false).await;
        }
        ended.map_err(TaskError::Fault)
    }

    async fn keep_connected<S: Sink>(&self, sink: &S, shutdown: &CancellationToken) -> Result<(), String> {
        let Self { settings, options, shared } = self;
        let mut eventloop = Box::new(shared.renew(options.clone()));
        // Small messages must not wait for each other in the kernel.
        eventloop.network_options.set_tcp_nodelay(true);
        let mut wait = settings.retry.0;
        let mut tries = 0;
        let mut unsent = Unsent::default();
        let _ = sink.health(HealthLevel::Starting, String::new(), tries).await;
        loop {
            let old = unsent.take();
            let (end, since) = connection::run(settings, shared, eventloop, old, sink, shutdown).await;
            shared.close();
            if since.is_some() && sink.connected(false).await.is_err() {
                return Ok(());
            }
            let (error, broken) = match end {
                End::Broken(error, broken) => (error, broken),
                End::Fault(fault) => return Err(fault),
                End::Stopped | End::SinkGone => return Ok(()),
            };
            eventloop = broken;
            unsent.collect(&mut eventloop, since.is_some());
            read_larger_next_time(&mut eventloop, settings, &error);
            if since.is_some_and(|since| since.elapsed() >= GOOD_AFTER) {
                wait = settings.retry.0;
                tries = 0;
            }
            tries += 1;
            let message = words::explain(&error, settings, since.is_some());
            tracing::warn!(broker = settings.address(), tries, ?wait, "{message}");
            if sink.health(HealthLevel::Failing, message, tries).await.is_err() {
                return Ok(());
            }
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                () = tokio::time::sleep(jittered(wait)) => {}
            }
            wait = (wait * 2).min(settings.retry.1);
        }
    }
}

/// What was under way when the connection broke. rumqttc would forget it when the broker has forgotten the
/// session, and would send requests of the old connection on the new one.
#[derive(Default)]
struct Unsent {
    requests: VecDeque<Request>,
    since: Option<Instant>,
}

impl Unsent {
    /// What to send again now: nothing when the outage was long.
    fn take(&mut self) -> VecDeque<Request> {
        if self.since.is_some_and(|since| since.elapsed() > RESEND_WITHIN) && !self.requests.is_empty() {
            let count = self.requests.len();
            tracing::warn!(count, "messages dropped: the broker was away too long for them to make sense");
            self.requests.clear();
        }
        std::mem::take(&mut self.requests)
    }

    fn collect(&mut self, eventloop: &mut EventLoop, established: bool) {
        // Left in place, it would block everything behind it on the next connection.
        let collision = eventloop.state.collision.take().map(Request::Publish);
        let pending = std::mem::take(&mut eventloop.pending).into_iter().chain(collision);
        self.requests.extend(pending.filter(|request| match request {
            Request::Publish(publish) => publish.qos != QoS::AtMostOnce,
            Request::PubRel(_) => true,
            _ => false,
        }));
        if established {
            self.since = Some(Instant::now());
        }
    }
}

/// A retained message that is too large comes again in every connection. It is let in once, so that it can
/// be dropped by name instead of breaking one connection after the other.
fn read_larger_next_time(eventloop: &mut EventLoop, settings: &ClientSettings, error: &ConnectionError) {
    if let ConnectionError::MqttState(StateError::Deserialization(PacketError::PayloadSizeLimitExceeded(
        bytes,
    ))) = error
        && *bytes <= READ_AT_MOST
    {
        eventloop.mqtt_options.set_max_packet_size(bytes + OVERHEAD, settings.max_payload + OVERHEAD);
    }
}

impl Shared {
    /// A message that was queued has gone out.
    pub(super) fn sent(&self) {
        let _ = self.waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| Some(n.saturating_sub(1)));
    }
}

/// Spread by a fifth, so that many hubs do not knock at a broker that comes back in the same moment.
fn jittered(wait: Duration) -> Duration {
    let byte = getrandom::u32().unwrap_or(0) % 256;
    wait.mul_f64(0.8 + 0.4 * f64::from(byte) / 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_within_a_fifth() {
        let wait = Duration::from_secs(10);
        for _ in 0..100 {
            let jittered = jittered(wait);
            assert!(jittered >= Duration::from_secs(8) && jittered <= Duration::from_secs(12));
        }
    }
}
