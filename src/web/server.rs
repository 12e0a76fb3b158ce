//! Accepting connections, with a limit to everything that a stranger on the LAN could hold on to.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::Web;
use super::encryption::Encryption;
use super::request::{Peer, Transport};

/// Connections at once, and those of one address that is not this machine.
const MOST: usize = 4_096;
const MOST_OF_ONE: u32 = 256;
/// Connections that wait to be accepted; Linux cuts it at net.core.somaxconn.
const BACKLOG: u32 = 4_096;
/// A request's head has to be there by then, also on a connection that was idle.
const HEAD_TIME: Duration = Duration::from_secs(20);
const MOST_HEADERS: usize = 64;
const HEAD_BYTES: usize = 32 * 1_024;

/// The server cannot listen.
#[derive(Debug, thiserror::Error)]
#[error("web.listen {address}: {reason}")]
pub struct ListenError {
    /// Where it should.
    pub address: String,
    /// Why it cannot, and what to do.
    pub reason: String,
}

/// A socket that listens, and what answers on it.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    web: Arc<Web>,
}

impl Server {
    /// Listens on `host:port`; port 0 lets the system choose.
    ///
    /// # Errors
    /// [`ListenError`] when the name cannot be found or the port cannot be had.
    pub async fn bind(web: Arc<Web>, listen: &str) -> Result<Self, ListenError> {
        let failed = |reason: String| ListenError { address: listen.to_owned(), reason };
        let mut found = tokio::net::lookup_host(listen).await.map_err(|error| failed(error.to_string()))?;
        let wanted = found.next().ok_or_else(|| failed("the name has no address".to_owned()))?;
        let listener = open(wanted).map_err(|error| {
            failed(match error.kind() {
                io::ErrorKind::AddrInUse => {
                    "the port is in use by another program; stop it, or choose another port".to_owned()
                }
                io::ErrorKind::PermissionDenied => {
                    "the port may not be used by this user; choose one above 1023".to_owned()
                }
                _ => error.to_string(),
            })
        })?;
        let address = listener.local_addr().map_err(|error| failed(error.to_string()))?;
        web.only_local.store(address.ip().is_loopback(), Ordering::Relaxed);
        Ok(Self { listener, address, web })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts until `stop`; then finishes what is being answered. The caller sets the deadline.
    pub async fn run(self, stop: CancellationToken) {
        tracing::info!(address = %self.address, encrypted = self.web.encryption.is_some(), "the panel listens");
        let router = self.web.router();
        let permits = Arc::new(Semaphore::new(MOST.min(room_for_connections())));
        let addresses = Addresses::default();
        let connections = TaskTracker::new();
        loop {
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { break };
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = stop.cancelled() => break,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let Some(place) = addresses.enter(peer.ip()) else { continue };
                    let connection = Connection {
                        peer,
                        router: router.clone(),
                        encryption: self.web.encryption.as_ref().map(Encryption::config),
                        stop: stop.clone(),
                        _places: (permit, place),
                    };
                    connections.spawn(connection.answer(stream));
                }
                Err(error) => {
                    // Out of file descriptors, mostly: wait for connections to end.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        drop(self.listener);
        connections.close();
        connections.wait().await;
    }
}

/// Lets the process open as many files as it may, and says how many of them connections can have. Most
/// systems start programs with 1,024, which a few hundred panels and devices would use up.
fn room_for_connections() -> usize {
    /// For the database, the broker and its devices.
    const OTHERS: u64 = 512;
    const WANTED: u64 = 8_192;
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return MOST };
    let wanted = hard.min(WANTED).max(soft);
    let limit = match setrlimit(Resource::RLIMIT_NOFILE, wanted, hard) {
        Ok(()) => wanted,
        Err(error) => {
            tracing::debug!(%error, "the limit of open files stays as it is");
            soft
        }
    };
    usize::try_from(limit.saturating_sub(OTHERS).max(limit / 2)).unwrap_or(MOST)
}

fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // The port can be had again at once after a restart.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// One connection and what answers on it.
struct Connection {
    peer: SocketAddr,
    router: Router,
    encryption: Option<Arc<ServerConfig>>,
    stop: CancellationToken,
    /// Given back when the connection ends.
    _places: (OwnedSemaphorePermit, Place),
}

impl Connection {
    async fn answer(self, stream: TcpStream) {
        // Small messages to a panel must not wait for more.
        let _ = stream.set_nodelay(true);
        let Some(config) = self.encryption.clone() else { return self.serve(stream, Transport::Plain).await };
        let begun = tokio::select! {
            begun = tokio::time::timeout(HEAD_TIME, begin(stream, config)) => begun,
            () = self.stop.cancelled() => return,
        };
        match begun {
            Ok(Ok(Begun::Encrypted(stream))) => self.serve(stream, Transport::Encrypted).await,
            Ok(Ok(Begun::Plain(stream))) => {
                // The command line on the hub itself; nobody can listen in between.
                let own = stream.local_addr().is_ok_and(|local| local.ip() == self.peer.ip());
                let local = own || self.peer.ip().to_canonical().is_loopback();
                let transport = if local { Transport::Plain } else { Transport::Exposed };
                self.serve(stream, transport).await;
            }
            Ok(Err(error)) => tracing::trace!(peer = %self.peer, %error, "a connection was not encrypted"),
            Err(_) => tracing::trace!(peer = %self.peer, "a connection took too long to begin"),
        }
    }

    async fn serve<Stream>(self, stream: Stream, transport: Transport)
    where
        Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let Self { peer, router, stop, .. } = &self;
        let service = hyper::service::service_fn(|mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(Peer(*peer));
            request.extensions_mut().insert(transport);
            let request: Request = request.map(axum::body::Body::new);
            router.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_headers(MOST_HEADERS)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = std::pin::pin!(connection);
        let done = tokio::select! {
            done = connection.as_mut() => done,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = done {
            tracing::trace!(%peer, %error, "a connection ended early");
        }
    }
}

enum Begun {
    Encrypted(Box<TlsStream<TcpStream>>),
    Plain(TcpStream),
}

/// Encrypts, when the client begins to: both kinds of clients come to the same port.
async fn begin(stream: TcpStream, config: Arc<ServerConfig>) -> io::Result<Begun> {
    /// The first byte of a TLS connection: a record of the type handshake (RFC 8446, section 5.1).
    const HANDSHAKE: u8 = 22;
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 || first != [HANDSHAKE] {
        return Ok(Begun::Plain(stream));
    }
    TlsAcceptor::from(config).accept(stream).await.map(|stream| Begun::Encrypted(Box::new(stream)))
}

/// How many connections each address has.
#[derive(Debug, Clone, Default)]
struct Addresses(Arc<Mutex<HashMap<IpAddr, u32>>>);

impl Addresses {
    /// A place for one more; `None` when the address has enough.
    fn enter(&self, address: IpAddr) -> Option<Place> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.entry(address).or_default();
        if *count >= MOST_OF_ONE && !address.is_loopback() {
            return None;
        }
        *count += 1;
        drop(all);
        Some(Place { address, all: self.clone() })
    }
}

/// Given back when dropped.
#[derive(Debug)]
struct Place {
    address: IpAddr,
    all: Addresses,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = all.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                all.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_all_places() {
        let addresses = Addresses::default();
        let stranger: IpAddr = "192.168.1.66".parse().unwrap();
        let places: Vec<_> = std::iter::from_fn(|| addresses.enter(stranger)).collect();
        assert_eq!(places.len(), usize::try_from(MOST_OF_ONE).unwrap());
        assert!(addresses.enter("192.168.1.67".parse().unwrap()).is_some());
        drop(places);
        assert!(addresses.0.lock().unwrap().is_empty());
        let here: Vec<_> = (0..1_000).map(|_| addresses.enter("127.0.0.1".parse().unwrap())).collect();
        assert!(here.iter().all(Option::is_some));
    }
}
