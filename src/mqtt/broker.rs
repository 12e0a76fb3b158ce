//! The embedded broker: rumqttd on its own thread.
//!
//! rumqttd's own `Broker::start` logs a listener that cannot be opened and never stops again. So its router and
//! its servers are started here one by one, on a small runtime of their own that ends with the broker.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rumqttd::protocol::v4::V4;
use rumqttd::{
    ConnectionSettings, LinkType, Router, RouterConfig, SegmentConfig, Server, ServerSettings, TlsConfig,
};
use subtle::ConstantTimeEq;
use tokio::sync::{mpsc, oneshot};

use super::settings::{BrokerSettings, BrokerTls, Login};
use super::tls::{self, TlsError};

/// How long the listeners may take to open.
const START: Duration = Duration::from_secs(5);
/// How long connections may take to close.
const STOP: Duration = Duration::from_millis(500);
/// How many ports are tried when any free one will do.
const TRIES: usize = 8;

/// What each filter keeps for its slowest subscriber, in segments of so many bytes. rumqttd frees no segment
/// before the log is full, so this times the number of filters is what the broker grows to.
const SHORT_LOG: SegmentConfig = SegmentConfig { max_segment_size: 16 * 1024, max_segment_count: 4 };
/// The same for filters on which messages come by the thousand.
const LONG_LOG: SegmentConfig = SegmentConfig { max_segment_size: 2 * 1024 * 1024, max_segment_count: 16 };

/// Why the embedded broker does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrokerError {
    /// Another program has the port.
    #[error(
        "{address} is in use by another program: stop that (a Mosquitto, perhaps), or set mqtt.embedded.listen to \
         another port, or use that broker by mqtt.broker"
    )]
    InUse {
        /// What the broker was to listen on.
        address: SocketAddr,
    },
    /// The address is not one of this machine, or may not be used.
    #[error("cannot listen on {address}: {error}; check mqtt.embedded.listen")]
    Listen {
        /// What the broker was to listen on.
        address: SocketAddr,
        /// Why not.
        error: io::Error,
    },
    /// Certificate or key cannot be used.
    #[error("mqtt.embedded.tls: {0}")]
    Tls(#[from] TlsError),
    /// The thread could not be started.
    #[error("cannot start the broker's thread: {0}")]
    Thread(io::Error),
    /// A listener ended or did not open.
    #[error("the broker's listener on {address} does not run: {reason}")]
    Server {
        /// Where.
        address: SocketAddr,
        /// Why.
        reason: String,
    },
}

/// The running broker. Stops when it is dropped.
#[derive(Debug)]
pub struct Broker {
    address: SocketAddr,
    local: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    failed: mpsc::Receiver<BrokerError>,
}

impl Broker {
    /// Starts the broker, and returns when clients can connect.
    ///
    /// # Errors
    /// [`BrokerError`] names the address or the file and says what to do.
    pub async fn start(settings: BrokerSettings) -> Result<Self, BrokerError> {
        if let Some(tls) = &settings.tls {
            tls::check_server(tls)?;
        }
        for _ in 1..TRIES {
            match Self::try_start(&settings).await {
                // Somebody else took the free port between finding and opening it.
                Err(BrokerError::InUse { .. } | BrokerError::Server { .. })
                    if settings.listen.port() == 0 => {}
                result => return result,
            }
        }
        Self::try_start(&settings).await
    }

    async fn try_start(settings: &BrokerSettings) -> Result<Self, BrokerError> {
        let address = free_address(settings.listen)?;
        let mut servers = vec![server_settings("mqtt", address, settings.tls.as_ref(), settings)];
        let mut local = address;
        if settings.tls.is_some() {
            // The hub's own client would have to trust a certificate made for other names.
            local = free_address(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
            servers.push(server_settings("mqtt-local", local, None, settings));
        }
        let router = router_settings(settings);
        let (stop, stopped) = oneshot::channel();
        let (fail, failed) = mpsc::channel(2);
        let thread = std::thread::Builder::new()
            .name("mqtt-broker".to_owned())
            .spawn(move || serve(router, servers, &fail, stopped))
            .map_err(BrokerError::Thread)?;
        let mut broker = Self { address, local, stop: Some(stop), thread: Some(thread), failed };
        for address in [address, local] {
            broker.wait_for(address).await?;
        }
        tracing::info!(%address, "the MQTT broker listens");
        Ok(broker)
    }

    /// Waits until the listener takes connections: rumqttd says only when it does not.
    async fn wait_for(&mut self, address: SocketAddr) -> Result<(), BrokerError> {
        let mut target = address;
        if target.ip().is_unspecified() {
            target.set_ip(if target.is_ipv4() {
                Ipv4Addr::LOCALHOST.into()
            } else {
                std::net::Ipv6Addr::LOCALHOST.into()
            });
        }
        let open = async {
            while tokio::net::TcpStream::connect(target).await.is_err() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            error = self.failed.recv() => {
                Err(error.unwrap_or(BrokerError::Server { address, reason: "its thread ended".to_owned() }))
            }
            opened = tokio::time::timeout(START, open) => opened.map_err(|_| BrokerError::Server {
                address,
                reason: format!("it did not open within {START:?}"),
            }),
        }
    }

    /// Where devices connect; with the port that was taken when the settings said 0.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the hub's own client connects, by plain TCP: the same place, or with TLS a port of this machine only.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.local
    }

    /// Waits until a listener fails, which is never as long as all is well.
    pub async fn failed(&mut self) -> BrokerError {
        match self.failed.recv().await {
            Some(error) => error,
            None => BrokerError::Server { address: self.address, reason: "its thread ended".to_owned() },
        }
    }

    /// Closes the listeners and every connection; the port is free afterwards.
    pub async fn stop(mut self) {
        if let Some(thread) = self.halt() {
            // The thread ends within `STOP`; joining must not block the runtime meanwhile.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }

    fn halt(&mut self) -> Option<JoinHandle<()>> {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        self.thread.take()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.halt();
    }
}

/// The address with a free port where it says 0; an error when the port is taken.
fn free_address(address: SocketAddr) -> Result<SocketAddr, BrokerError> {
    // The standard library sets SO_REUSEADDR, as tokio does: a port in TIME_WAIT counts as free.
    TcpListener::bind(address).and_then(|listener| listener.local_addr()).map_err(|error| {
        if error.kind() == io::ErrorKind::AddrInUse {
            BrokerError::InUse { address }
        } else {
            BrokerError::Listen { address, error }
        }
    })
}

fn router_settings(settings: &BrokerSettings) -> RouterConfig {
    let long = settings.long_filters.iter().map(|filter| (filter.clone(), LONG_LOG));
    RouterConfig {
        max_connections: settings.max_connections,
        // rumqttd gives a new subscription no more retained messages than this, and drops the others.
        max_outgoing_packet_count: 1_000_000,
        max_segment_size: SHORT_LOG.max_segment_size,
        max_segment_count: SHORT_LOG.max_segment_count,
        custom_segment: Some(long.collect()),
        ..RouterConfig::default()
    }
}

fn server_settings(
    name: &str,
    listen: SocketAddr,
    tls: Option<&BrokerTls>,
    settings: &BrokerSettings,
) -> ServerSettings {
    let path = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let mut server = ServerSettings {
        name: name.to_owned(),
        listen,
        tls: tls.map(|tls| TlsConfig::Rustls {
            capath: None,
            certpath: path(&tls.cert),
            keypath: path(&tls.key),
        }),
        next_connection_delay_ms: 0,
        connections: ConnectionSettings {
            connection_timeout_ms: 5_000,
            max_payload_size: settings.max_packet,
            max_inflight_count: 500,
            auth: None,
            external_auth: None,
            dynamic_filters: true,
        },
    };
    if !settings.logins.is_empty() {
        let logins: Arc<[Login]> = settings.logins.clone().into();
        server.set_auth_handler(move |client: String, user: String, password: String| {
            let logins = Arc::clone(&logins);
            async move { may_enter(&logins, &client, &user, &password) }
        });
    }
    server
}

fn may_enter(logins: &[Login], client: &str, user: &str, password: &str) -> bool {
    let may = logins.iter().any(|login| {
        let user = login.user.as_bytes().ct_eq(user.as_bytes());
        bool::from(user & login.password.as_bytes().ct_eq(password.as_bytes()))
    });
    if !may {
        tracing::warn!(client, user, "the MQTT broker refuses a client: user or password is wrong");
    }
    may
}

/// The broker's thread.
fn serve(
    router: RouterConfig,
    servers: Vec<ServerSettings>,
    fail: &mpsc::Sender<BrokerError>,
    stop: oneshot::Receiver<()>,
) {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = fail.try_send(BrokerError::Thread(error));
            return;
        }
    };
    let router = Router::new(COUNT.fetch_add(1, Ordering::Relaxed), router).spawn();
    for settings in servers {
        let fail = fail.clone();
        let address = settings.listen;
        let mut server = Server::new(settings, router.clone(), V4);
        runtime.spawn(async move {
            let reason = match server.start(LinkType::Remote).await {
                Ok(()) => "it ended".to_owned(),
                Err(error) => error.to_string(),
            };
            let _ = fail.send(BrokerError::Server { address, reason }).await;
        });
    }
    // Dropping the sender counts as being asked to stop, too.
    let _ = runtime.block_on(stop);
    runtime.shutdown_timeout(STOP);
}
