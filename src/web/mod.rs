//! The panel and the API on the LAN.
//!
//! [`Web`] is everything that requests share, [`Web::router`] answers them, [`Server`] accepts connections.

mod assets;
mod auth;
mod encryption;
mod error;
mod examples;
mod extract;
mod guard;
mod openapi;
mod request;
mod router;
mod routes;
mod server;
mod snapshot;
mod ws;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::{Extensions, HeaderMap, Method, StatusCode};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::hub::Handle;
use crate::model::Timestamp;
use crate::runtime::metrics::HttpLabel;
use crate::runtime::tls::TlsError;
use crate::runtime::{Logs, Metrics, Readiness};

pub use auth::{AuthError, CLI_TOKEN, NoRandomness};
pub use encryption::{CERTIFICATE_FILE, CertificateSource, own_names};
pub use openapi::document as openapi_document;
pub use request::{Peer, Transport};
pub use server::{ListenError, Server};

/// Tells the time; tests bring their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the web edge is joined to.
pub struct WebOptions {
    /// The hub.
    pub handle: Handle,
    /// Figures.
    pub metrics: Metrics,
    /// What is still missing before the hub is ready.
    pub readiness: Readiness,
    /// The newest log lines.
    pub logs: Logs,
    /// The hub's folder, for the command line's token.
    pub folder: PathBuf,
    /// The address under which browsers reach the panel where it is another, for example
    /// `https://home.example.org`.
    pub public_url: Option<String>,
    /// Further names under which the hub may be spoken to, for example the machine's own.
    pub hosts: Vec<String>,
    /// The certificate, where connections are to be encrypted.
    pub certificate: Option<CertificateSource>,
    /// The time.
    pub clock: Clock,
    /// Cancelled when the hub stops; live connections end then.
    pub stopping: CancellationToken,
}

/// Why the panel cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebError {
    /// Passwords and sessions.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The certificate.
    #[error("web.tls: {0}")]
    Tls(#[from] TlsError),
}

/// Everything that requests share.
pub struct Web {
    handle: Handle,
    metrics: RequestMetrics,
    readiness: Readiness,
    logs: Logs,
    clock: Clock,
    stopping: CancellationToken,
    auth: auth::Auth,
    hosts: guard::Hosts,
    public_url: Option<String>,
    encryption: Option<encryption::Encryption>,
    assets: assets::Assets,
    feed: ws::Feed,
    /// Whether the server listens for this machine only.
    only_local: AtomicBool,
    /// Taken while the id of a new area or floor is chosen.
    naming: tokio::sync::Mutex<()>,
    /// Ends the tasks when this is dropped.
    _tasks: JoinSet<()>,
}

impl Web {
    /// Reads who may log in and the certificate, and begins to listen to the hub.
    ///
    /// # Errors
    /// [`WebError`] when the store or the certificate cannot be read, or a file of the hub's own not be
    /// written.
    pub async fn new(options: WebOptions) -> Result<Arc<Self>, WebError> {
        let encryption = options.certificate.map(encryption::Encryption::open).transpose()?;
        let auth =
            auth::Auth::open(options.handle.store().clone(), &options.folder, Arc::clone(&options.clock))
                .await?;
        let mut tasks = JoinSet::new();
        let feed = ws::Feed::start(options.handle.events(), &mut tasks);
        let clients = feed.clone();
        options.metrics.gauge("websocket_clients", "Panels that are connected", move || {
            f64::from(u32::try_from(clients.clients()).unwrap_or(u32::MAX))
        });
        let public = options.public_url.as_deref().and_then(host_of).map(str::to_owned);
        Ok(Arc::new(Self {
            handle: options.handle,
            metrics: RequestMetrics(options.metrics),
            readiness: options.readiness,
            logs: options.logs,
            clock: options.clock,
            stopping: options.stopping,
            auth,
            hosts: guard::Hosts::new(options.hosts.into_iter().chain(public)),
            public_url: options.public_url,
            encryption,
            assets: assets::Assets::load(),
            feed,
            only_local: AtomicBool::new(false),
            naming: tokio::sync::Mutex::default(),
            _tasks: tasks,
        }))
    }

    /// Answers requests.
    pub fn router(self: &Arc<Self>) -> axum::Router {
        router::router(self)
    }

    /// Whether nobody has set a password yet, so that only a login link lets anybody in.
    #[must_use]
    pub fn needs_password(&self) -> bool {
        self.auth.needs_password()
    }

    /// Makes a one-time login link, good for a day; the one before it is good no longer.
    ///
    /// # Errors
    /// [`NoRandomness`] when the system gives none.
    pub fn login_link(&self, base: &str) -> Result<String, NoRandomness> {
        let (code, _) = self.auth.new_link()?;
        Ok(self.link(base, &code))
    }

    /// The fingerprint (SHA-256) of a certificate that the hub made itself: whoever clicks the browser's
    /// warning away can compare it.
    #[must_use]
    pub fn self_signed_fingerprint(&self) -> Option<String> {
        self.encryption.as_ref().filter(|own| own.is_self_signed()).map(encryption::Encryption::fingerprint)
    }

    /// Reads the certificate again, for connections from now on. One that cannot be used is told, and the
    /// one before stays.
    pub fn read_certificate_again(&self) {
        match self.encryption.as_ref().map(encryption::Encryption::read_again) {
            Some(Ok(true)) => tracing::info!("the panel shows the new certificate"),
            Some(Err(error)) => tracing::error!(%error, "the panel's certificate stays the one before"),
            Some(Ok(false)) | None => {}
        }
    }

    /// `https` where the hub encrypts itself.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.encryption.is_some() { "https" } else { "http" }
    }

    fn link(&self, base: &str, code: &str) -> String {
        let base = self.public_url.as_deref().unwrap_or(base);
        format!("{}/login#{code}", base.trim_end_matches('/'))
    }

    /// How browsers on the LAN reach this hub, as far as a request tells: a program on the machine itself
    /// asks for a loopback address, which nobody else could open.
    fn own_address(&self, headers: &HeaderMap) -> String {
        let host = guard::host(headers).unwrap_or("localhost");
        let scheme = self.scheme();
        let lan = guard::is_loopback(headers).then(crate::runtime::lan_address).flatten();
        match (lan, host.rsplit_once(':')) {
            (Some(lan), Some((_, port))) if !self.only_local.load(Ordering::Relaxed) => {
                format!("{scheme}://{}", std::net::SocketAddr::new(lan, port.parse().unwrap_or(80)))
            }
            _ => format!("{scheme}://{host}"),
        }
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Whether cookies of this request may be marked for encrypted connections only: where the hub or a proxy
    /// encrypts, but not on the same hub's plain address on the LAN.
    fn is_secure(&self, headers: &HeaderMap, extensions: &Extensions) -> bool {
        if guard::is_encrypted(extensions) {
            return true;
        }
        let url = self.public_url.as_deref().filter(|url| url.starts_with("https://"));
        url.and_then(authority_of)
            .is_some_and(|own| guard::host(headers).is_some_and(|host| host.eq_ignore_ascii_case(own)))
    }
}

fn authority_of(url: &str) -> Option<&str> {
    url.split_once("://").and_then(|(_, rest)| rest.split('/').next())
}

fn host_of(url: &str) -> Option<&str> {
    let authority = authority_of(url)?;
    Some(authority.rsplit_once(':').map_or(authority, |(host, _)| host))
}

/// The figures of requests.
struct RequestMetrics(Metrics);

impl RequestMetrics {
    fn request(&self, method: &Method, status: StatusCode, took: Duration) {
        // Methods are free text; only the known ones may become labels.
        let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        let method = known.into_iter().find(|known| method.as_str() == *known).unwrap_or("other");
        self.0.http_requests.get_or_create(&HttpLabel { method, status: status.as_u16() }).inc();
        self.0.http_seconds.observe(took.as_secs_f64());
    }
}
