//! The only wiring: a configuration becomes a running hub, in a written-out order, and stops in reverse.
//!
//! Start: store, broker, hub (everything known is there now), web, connection to the broker, demo, language model.
//! Stop: web, model, demo and connection together; then the hub, which saves; then the store; the broker last.

mod broker;
mod demo;
mod live;
mod model;
mod web;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::config::{Config, Reloaded};
use crate::demo::Language;
use crate::devices::RegistryOptions;
use crate::hub::{self, Handle, HubOptions, Settings};
use crate::llm::Llm;
use crate::mqtt::{BrokerError, Client, TaskError};
use crate::runtime::{GRACE, Listener, Metrics, Policy, Readiness, Shutdown, Supervisor, Telemetry};
use crate::store::{self, Limits, Store, StoreError};
use crate::web::{ListenError, NoRandomness, Web, WebError};

pub use broker::MQTT_PASSWORD;

/// Of the whole time to stop, what the edges may take; the rest is for saving.
const EDGES: Duration = Duration::from_millis(900);
/// What saving and closing the store may take.
const SAVING: Duration = Duration::from_millis(600);
/// History rows in all, whatever the days: some 60 MB.
const HISTORY_ROWS: u64 = 1_000_000;

/// Why the hub cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The embedded broker.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// The password that the hub makes up for the broker.
    #[error("{path}: {reason}")]
    Password {
        /// The file.
        path: std::path::PathBuf,
        /// Why it cannot be kept.
        reason: std::io::Error,
    },
    /// An address that nobody knows.
    #[error("{setting} {address}: {reason}")]
    Address {
        /// The setting.
        setting: &'static str,
        /// Its value.
        address: String,
        /// Why it is none.
        reason: String,
    },
    /// The connection to the broker.
    #[error(transparent)]
    Mqtt(#[from] TaskError),
    /// The panel.
    #[error(transparent)]
    Web(#[from] WebError),
    /// The panel's port.
    #[error(transparent)]
    Listen(#[from] ListenError),
}

/// What a hub is started with.
#[derive(Debug)]
pub struct Options {
    /// The configuration.
    pub config: Config,
    /// The running log.
    pub telemetry: Telemetry,
    /// What comes of reading the configuration again.
    pub reloads: watch::Receiver<Reloaded>,
    /// Also run the demo home, with its devices named in this language.
    pub demo: Option<Language>,
}

/// A running hub.
pub struct App {
    handle: Handle,
    store: Store,
    web: Arc<Web>,
    panel: String,
    web_address: SocketAddr,
    broker_address: Option<SocketAddr>,
    readiness: Readiness,
    /// What speaks with the outside.
    edges: Supervisor,
    /// The broker, which outlives the connection to it.
    ground: Supervisor,
    hub: JoinHandle<()>,
    live: JoinHandle<()>,
    model: Llm,
}

impl App {
    /// Starts everything. Returns when the panel can be reached; whether the broker can is told by
    /// [`App::readiness`].
    ///
    /// # Errors
    /// [`StartError`] names the setting, file or address, and says what to do.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let Options { config, telemetry, reloads, demo } = options;
        let (readiness, metrics) = (Readiness::default(), Metrics::default());
        let latches = (readiness.latch("hub"), readiness.latch("web"));

        let (store, stored) = Store::open(&store::file_in(&config.storage.path))?;
        let broker = broker::start(&config).await?;
        let client_settings = broker::client_settings(&config, broker.as_ref())?;
        let (client, task) = Client::new(client_settings.clone())?;
        let client = Arc::new(client);
        let (handle, hub) =
            hub::start(hub_options(&config, &metrics), store.clone(), stored, Arc::clone(&client) as _);
        latches.0.release();

        let listener: Listener = {
            let handle = handle.clone();
            Arc::new(move |health| handle.health_now(health))
        };
        let mut ground = Supervisor::new(Shutdown::new(), Arc::clone(&listener));
        let shutdown = Shutdown::with_grace(EDGES);
        let mut edges = Supervisor::new(shutdown.clone(), listener);

        let (web, server) = web::start(web::Parts {
            config: &config,
            handle: &handle,
            metrics: &metrics,
            readiness: &readiness,
            logs: telemetry.logs(),
            stopping: shutdown.token(),
        })
        .await?;
        let web_address = server.address();
        web::supervise(&mut edges, Arc::clone(&web), server);
        latches.1.release();

        // With a broker of its own the hub is not ready before it is connected; another broker may be away
        // for long, and the panel tells so.
        let connected = broker.as_ref().map(|_| readiness.latch("mqtt"));
        let broker_address = broker.as_ref().map(crate::mqtt::Broker::address);
        let demo_target = client_settings;
        if let Some(broker) = broker {
            broker::supervise(&mut ground, &config, broker);
        }
        let sink = broker::Joined::new(handle.clone(), connected);
        broker::connect(&mut edges, task, sink);
        if let Some(language) = demo {
            demo::supervise(&mut edges, &handle, demo::options(&config, &demo_target, language));
        }
        broker::figures(&metrics, &client);
        let live = tokio::spawn(live::follow(reloads, handle.clone(), Arc::clone(&web), telemetry));
        let panel = web::url(&config, web.scheme(), web_address);
        let model = model::supervise(&mut edges, &config, &metrics);
        Ok(Self {
            handle,
            store,
            web,
            panel,
            web_address,
            broker_address,
            readiness,
            edges,
            ground,
            hub,
            live,
            model,
        })
    }

    /// The way to the hub.
    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// The language model on the board.
    #[must_use]
    pub fn model(&self) -> &Llm {
        &self.model
    }

    /// Where the panel listens.
    #[must_use]
    pub fn web_address(&self) -> SocketAddr {
        self.web_address
    }

    /// Where devices connect to the embedded broker, if it runs.
    #[must_use]
    pub fn broker_address(&self) -> Option<SocketAddr> {
        self.broker_address
    }

    /// The panel's address for people.
    #[must_use]
    pub fn panel_url(&self) -> &str {
        &self.panel
    }

    /// The fingerprint (SHA-256) of the panel's certificate, where the hub made it itself.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        self.web.self_signed_fingerprint()
    }

    /// A one-time link to the panel, as long as the owner has no password to log in with.
    ///
    /// # Errors
    /// [`NoRandomness`] when the system gives none.
    pub fn first_login(&self) -> Result<Option<String>, NoRandomness> {
        self.web.needs_password().then(|| self.web.login_link(&self.panel)).transpose()
    }

    /// What is still missing before the hub is ready.
    #[must_use]
    pub fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// Stops everything, in under two seconds; what was acknowledged is on the disk, and what was learnt
    /// since is saved.
    pub async fn stop(self) {
        let deadline = Instant::now() + GRACE;
        self.live.abort();
        self.edges.stop().await;
        let saving = Instant::now() + SAVING;
        let saved = async {
            self.handle.stop().await;
            self.store.close().await;
        };
        if timeout_at(saving, saved).await.is_err() {
            tracing::error!("the newest states were not saved in time; what was acknowledged is on the disk");
            self.hub.abort();
        }
        // What the others did not need is the broker's, to save what it keeps.
        self.ground.stop_by(deadline).await;
    }
}

/// The hub's part of the configuration.
fn hub_options(config: &Config, metrics: &Metrics) -> HubOptions {
    let tasmota = config.mqtt.tasmota_discovery.then(|| config.mqtt.tasmota_prefix.as_str().to_owned());
    HubOptions {
        settings: settings(config),
        registry: RegistryOptions {
            discovery_prefix: config.mqtt.discovery_prefix.as_str().to_owned(),
            tasmota_prefix: tasmota,
            ..RegistryOptions::default()
        },
        history: Limits { days: config.storage.history_days.get(), rows: HISTORY_ROWS },
        metrics: metrics.clone(),
    }
}

/// What can change while the hub runs.
fn settings(config: &Config) -> Settings {
    Settings {
        name: config.home.name.clone(),
        language: config.language.as_str().to_owned(),
        further_languages: config.further_languages.iter().map(str::to_owned).collect(),
        time_zone: config.home.time_zone(),
        temperature_unit: config.home.temperature_unit().symbol().to_owned(),
    }
}

/// How often a part of the app is started again before it is given up.
const POLICY: Policy = Policy {
    first: Duration::from_millis(500),
    most: Duration::from_secs(60),
    tries: 10,
    window: Duration::from_secs(120),
};
