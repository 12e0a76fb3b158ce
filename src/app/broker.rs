//! The embedded broker, and the connection to whichever broker is in use.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::{Config, Secret};
use crate::hub::Handle;
use crate::model::{HealthLevel, Inbound};
use crate::mqtt::{
    Broker, BrokerSettings, BrokerTls, Client, ClientSettings, ClientTask, Counters, Gone, Listeners, Login,
    Persistence, Sink, Tls,
};
use crate::runtime::{Latch, Metrics, Part, PartError, Supervisor};

use super::{POLICY, StartError};

/// The file in the hub's folder that holds the password that it made up for its broker.
pub const MQTT_PASSWORD: &str = "mqtt-password";
/// The file in the hub's folder that holds the broker's retained messages and sessions.
const STATE: &str = "mqtt-broker";

/// Starts the embedded broker, unless another is to be used or it is switched off.
pub(super) async fn start(config: &Config) -> Result<Option<Broker>, StartError> {
    if config.mqtt.external().is_some() || !config.mqtt.embedded.enabled {
        return Ok(None);
    }
    Ok(Some(Broker::start(settings(config).await?)?))
}

async fn settings(config: &Config) -> Result<BrokerSettings, StartError> {
    let embedded = &config.mqtt.embedded;
    let listen = embedded.listen();
    let wrong = |reason: String| StartError::Address {
        setting: "mqtt.embedded.listen",
        address: listen.to_string(),
        reason,
    };
    let found = tokio::net::lookup_host((listen.host(), listen.port())).await;
    let mut found = found.map_err(|error| wrong(error.to_string()))?;
    Ok(BrokerSettings {
        listen: found.next().ok_or_else(|| wrong("the name has no address".to_owned()))?,
        logins: vec![login(config)?],
        tls: embedded.tls.files().map(|(cert, key)| BrokerTls { cert: cert.clone(), key: key.clone() }),
        max_packet: size(embedded.max_packet.get()),
        max_connections: usize::from(embedded.max_connections.get()),
        persistence: embedded.persistence.then(|| Persistence {
            file: config.storage.path.join(STATE),
            interval: embedded.persistence_interval.get(),
        }),
    })
}

/// User and password of the embedded broker; the hub makes a password up where none is configured.
fn login(config: &Config) -> Result<Login, StartError> {
    let embedded = &config.mqtt.embedded;
    let password = match &embedded.password {
        Some(password) => password.clone(),
        None => {
            let path: PathBuf = config.storage.path.join(MQTT_PASSWORD);
            crate::runtime::keep(&path).map_err(|reason| StartError::Password { path, reason })?
        }
    };
    Ok(Login { user: embedded.user.clone(), password: password.reveal().to_owned() })
}

fn size(bytes: u32) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// How the hub connects: to its own broker, or to the configured one.
pub(super) fn client_settings(
    config: &Config,
    broker: Option<&Broker>,
) -> Result<ClientSettings, StartError> {
    let mqtt = &config.mqtt;
    let base = match (broker, mqtt.external()) {
        (Some(broker), _) => ClientSettings::embedded(broker.local_address(), Some(login(config)?)),
        (None, Some((host, broker))) => ClientSettings {
            host: host.as_str().to_owned(),
            port: broker.port(),
            login: broker.user.clone().map(|user| Login {
                user,
                password: broker.password.as_ref().map(Secret::reveal).unwrap_or_default().to_owned(),
            }),
            tls: broker.tls.enabled.then(|| Tls { ca: broker.tls.ca_file.clone() }),
            client_id: broker.client_id.clone(),
            ..ClientSettings::default()
        },
        (None, None) => ClientSettings::default(),
    };
    Ok(ClientSettings {
        keep_alive: mqtt.keep_alive.get(),
        max_payload: size(mqtt.max_payload.get()),
        announce_topic: Some(format!("{}/status", mqtt.discovery_prefix.as_str())),
        ..base
    })
}

/// Keeps the embedded broker running, where it listens now.
pub(super) fn supervise(ground: &mut Supervisor, config: &Config, broker: Broker) {
    let listeners = broker.listeners().clone();
    let first = Arc::new(Mutex::new(Some(broker)));
    let config = config.clone();
    ground.spawn("broker", POLICY, move |part| {
        let running = first.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (config, listeners) = (config.clone(), listeners.clone());
        async move {
            let broker = match running {
                Some(broker) => broker,
                None => restart(&config, listeners).await?,
            };
            watch(broker, &part).await
        }
    });
}

async fn restart(config: &Config, listeners: Listeners) -> Result<Broker, StartError> {
    Ok(Broker::start_on(listeners, settings(config).await?)?)
}

/// Until it is to stop, or ends by itself.
async fn watch(mut broker: Broker, part: &Part) -> Result<(), PartError> {
    let mut trouble = broker.trouble();
    loop {
        match trouble.borrow_and_update().clone() {
            Some(message) => part.report(HealthLevel::Degraded, message),
            None => part.ok(),
        }
        tokio::select! {
            error = broker.failed() => return Err(error.into()),
            () = part.shutdown.wait() => {
                broker.stop().await;
                return Ok(());
            }
            Ok(()) = trouble.changed() => {}
        }
    }
}

/// Keeps the connection: it connects again by itself, and is started again after a fault.
pub(super) fn connect(edges: &mut Supervisor, task: ClientTask, sink: Joined) {
    let sink = Arc::new(sink);
    edges.spawn("mqtt", POLICY, move |part| {
        let (task, sink) = (task.clone(), Arc::clone(&sink));
        async move { Ok(task.run(sink, part.shutdown.token()).await?) }
    });
}

/// What the connection brings goes to the hub; the first time that it is up, the hub is ready.
pub(super) struct Joined {
    handle: Handle,
    latch: Mutex<Option<Latch>>,
}

impl Joined {
    pub(super) fn new(handle: Handle, latch: Option<Latch>) -> Self {
        Self { handle, latch: Mutex::new(latch) }
    }
}

impl Sink for Joined {
    async fn inbound(&self, message: Inbound) -> Result<(), Gone> {
        Sink::inbound(&self.handle, message).await
    }

    async fn connected(&self, up: bool) -> Result<(), Gone> {
        let latch = self.latch.lock().unwrap_or_else(PoisonError::into_inner).take_if(|_| up);
        if let Some(latch) = latch {
            latch.release();
        }
        Sink::connected(&self.handle, up).await
    }

    async fn health(&self, level: HealthLevel, message: String, restarts: u32) -> Result<(), Gone> {
        Sink::health(&self.handle, level, message, restarts).await
    }
}

/// One of the client's counters.
type Read = fn(&Counters) -> &AtomicU64;

/// What is counted of the connection.
pub(super) fn figures(metrics: &Metrics, client: &Arc<Client>) {
    let asked = Arc::clone(client);
    metrics.gauge("mqtt_connected", "Whether the connection to the broker is up", move || {
        f64::from(u8::from(asked.is_connected()))
    });
    let counters: [(_, _, Read); 5] = [
        ("mqtt_connects", "How often the connection to the broker came up", |counters| &counters.connects),
        ("mqtt_client_received", "Messages that the connection handed to the hub", |counters| {
            &counters.received
        }),
        ("mqtt_client_published", "Messages that the hub queued to the broker", |counters| {
            &counters.published
        }),
        (
            "mqtt_client_dropped",
            "Messages from the broker that were too large, on an illegal topic or not asked for",
            |counters| &counters.dropped,
        ),
        (
            "mqtt_client_refused",
            "Messages to the broker that were not queued: no connection, no room, or illegal",
            |counters| &counters.refused,
        ),
    ];
    for (name, help, read) in counters {
        let client = Arc::clone(client);
        metrics.counter(name, help, move || {
            #[allow(clippy::cast_precision_loss, reason = "a figure for a plot")]
            let value = read(client.counters()).load(Ordering::Relaxed) as f64;
            value
        });
    }
}
