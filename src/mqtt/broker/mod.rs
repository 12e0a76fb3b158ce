//! The embedded broker: MQTT 3.1.1 on a thread of its own.
//!
//! Everything runs on that one thread, so that the router needs no locks: [`link`] serves one client, [`router`]
//! knows who gets what, [`session`] what is under way to whom.

mod link;
mod router;
mod session;
mod tree;

use std::cell::{Cell, RefCell};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;
use tokio_rustls::TlsAcceptor;

use super::settings::BrokerSettings;
use super::tls::{self, TlsError};
use router::Router;

/// Connections that have not logged in yet, at once.
const STRANGERS: usize = 64;
/// How long an encrypted connection may take to be made.
const HANDSHAKE: Duration = Duration::from_secs(10);

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
    /// The broker's thread has ended by itself, which is a mistake in it.
    #[error("the broker on {0} has ended by itself")]
    Ended(SocketAddr),
}

/// The running broker. Stops when it is dropped.
#[derive(Debug)]
pub struct Broker {
    address: SocketAddr,
    local: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    ended: mpsc::Receiver<()>,
}

impl Broker {
    /// Starts the broker. When this returns, clients can connect.
    ///
    /// # Errors
    /// [`BrokerError`] names the address or the file and says what to do.
    pub fn start(settings: BrokerSettings) -> Result<Self, BrokerError> {
        let tls = settings.tls.as_ref().map(tls::server_config).transpose()?;
        let (listener, address) = listen(settings.listen)?;
        let mut doors = vec![Door { listener, tls: None }];
        let mut local = address;
        if tls.is_some() {
            // The hub's own client would have to trust a certificate made for other names.
            let (listener, plain) = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
            local = plain;
            doors.push(Door { listener, tls: None });
        }
        if let Some(door) = doors.first_mut() {
            door.tls = tls;
        }
        let (stop, stopped) = oneshot::channel();
        let (alive, ended) = mpsc::channel(1);
        let thread = std::thread::Builder::new()
            .name("mqtt-broker".to_owned())
            .spawn(move || {
                let _alive = alive;
                if let Err(error) = run(doors, settings, stopped) {
                    tracing::error!(%address, %error, "the MQTT broker does not run");
                }
            })
            .map_err(BrokerError::Thread)?;
        tracing::info!(%address, "the MQTT broker listens");
        Ok(Self { address, local, stop: Some(stop), thread: Some(thread), ended })
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

    /// Waits until the broker ends by itself, which is never as long as all is well.
    pub async fn failed(&mut self) -> BrokerError {
        // Nothing is ever sent: the channel closes with the thread.
        let _ = self.ended.recv().await;
        BrokerError::Ended(self.address)
    }

    /// Closes the listeners and every connection; the port is free afterwards.
    pub async fn stop(mut self) {
        if let Some(thread) = self.halt() {
            // The thread ends at once; joining must not block the runtime all the same.
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

/// One place where clients come in.
struct Door {
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
}

fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), BrokerError> {
    let open = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    open().map_err(|error: io::Error| {
        if error.kind() == io::ErrorKind::AddrInUse {
            BrokerError::InUse { address }
        } else {
            BrokerError::Listen { address, error }
        }
    })
}

/// The broker's thread.
fn run(doors: Vec<Door>, settings: BrokerSettings, stopped: oneshot::Receiver<()>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (router, settings) = (Rc::new(RefCell::new(Router::default())), Rc::new(settings));
    let tasks = LocalSet::new();
    for door in doors {
        let (router, settings) = (Rc::clone(&router), Rc::clone(&settings));
        tasks.spawn_local(async move {
            if let Err(error) = accept(door, router, settings).await {
                tracing::error!(%error, "the MQTT broker takes no more connections");
            }
        });
    }
    // Dropping the sender counts as being asked to stop, too. Every connection ends with the set of tasks.
    let _ = tasks.block_on(&runtime, stopped);
    Ok(())
}

async fn accept(door: Door, router: Rc<RefCell<Router>>, settings: Rc<BrokerSettings>) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(door.listener)?;
    let acceptor = door.tls.map(TlsAcceptor::from);
    let strangers = Rc::new(Cell::new(0_usize));
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Too many open files, most likely; it passes.
                tracing::warn!(%error, "the MQTT broker cannot take a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        if strangers.get() >= STRANGERS {
            tracing::warn!(%peer, "the MQTT broker turns a connection away: too many are not logged in yet");
            continue;
        }
        // Small messages must not wait for each other in the kernel.
        let _ = stream.set_nodelay(true);
        let stranger = Stranger::new(&strangers);
        let (router, settings, acceptor) = (Rc::clone(&router), Rc::clone(&settings), acceptor.clone());
        tokio::task::spawn_local(async move {
            let Some(acceptor) = acceptor else {
                return link::serve(stream, peer, router, settings, stranger).await;
            };
            match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => link::serve(stream, peer, router, settings, stranger).await,
                Ok(Err(error)) => tracing::debug!(%peer, %error, "no encrypted connection"),
                Err(_) => {}
            }
        });
    }
}

/// Counts a connection as long as it has not logged in.
struct Stranger(Rc<Cell<usize>>);

impl Stranger {
    fn new(count: &Rc<Cell<usize>>) -> Self {
        count.set(count.get() + 1);
        Self(Rc::clone(count))
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}
