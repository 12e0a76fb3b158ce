//! The embedded broker: MQTT 3.1.1 on a thread of its own.
//!
//! Everything runs on that one thread, so that the router needs no locks: [`link`] serves one client, [`router`]
//! knows who gets what, [`session`] what is under way to whom, [`keeper`] brings what outlives the broker to the disk.

mod keeper;
mod link;
mod outbox;
mod router;
mod session;
mod snapshot;
mod tree;

use std::cell::{Cell, RefCell};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::LocalSet;
use tokio_rustls::TlsAcceptor;

use crate::runtime::contain;

use super::settings::BrokerSettings;
use super::tls::{self, TlsError};
use keeper::Keeper;
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

/// Where the broker listens. Outlives a broker that ended by itself, so that the next one is found at the same
/// place, and nobody else can take it meanwhile.
#[derive(Debug, Clone)]
pub struct Listeners {
    devices: Arc<TcpListener>,
    /// Plain and for this machine only, where devices have to use TLS: the hub's own client would have to trust a
    /// certificate that was made for other names.
    hub: Option<Arc<TcpListener>>,
    address: SocketAddr,
    local: SocketAddr,
}

impl Listeners {
    /// Opens them. Clients that connect before a broker runs on them have to wait.
    ///
    /// # Errors
    /// [`BrokerError`] names the address and says what to do.
    pub fn open(settings: &BrokerSettings) -> Result<Self, BrokerError> {
        let (devices, address) = listen(settings.listen)?;
        let hub =
            settings.tls.as_ref().map(|_| listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))).transpose()?;
        let local = hub.as_ref().map_or(address, |(_, local)| *local);
        Ok(Self { devices: Arc::new(devices), hub: hub.map(|(hub, _)| Arc::new(hub)), address, local })
    }

    fn doors(&self, tls: Option<Arc<ServerConfig>>) -> io::Result<Vec<Door>> {
        let mut doors = vec![Door { listener: self.devices.try_clone()?, tls }];
        if let Some(hub) = &self.hub {
            doors.push(Door { listener: hub.try_clone()?, tls: None });
        }
        Ok(doors)
    }
}

/// The running broker. Stops when it is dropped.
#[derive(Debug)]
pub struct Broker {
    listeners: Listeners,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    ended: mpsc::Receiver<()>,
    trouble: watch::Receiver<Option<String>>,
}

impl Broker {
    /// Starts the broker. When this returns, clients can connect.
    ///
    /// # Errors
    /// [`BrokerError`] names the address or the file and says what to do.
    pub fn start(settings: BrokerSettings) -> Result<Self, BrokerError> {
        let listeners = Listeners::open(&settings)?;
        Self::start_on(listeners, settings)
    }

    /// Starts the broker where another one listened before. When this returns, clients can connect.
    ///
    /// # Errors
    /// As [`Broker::start`].
    pub fn start_on(listeners: Listeners, settings: BrokerSettings) -> Result<Self, BrokerError> {
        let address = listeners.address;
        let tls = settings.tls.as_ref().map(tls::server_config).transpose()?;
        let doors = listeners.doors(tls).map_err(|error| BrokerError::Listen { address, error })?;
        let (stop, stopped) = oneshot::channel();
        let (alive, ended) = mpsc::channel(1);
        let (report, trouble) = watch::channel(None);
        let thread = std::thread::Builder::new()
            .name("mqtt-broker".to_owned())
            .spawn(move || {
                let _alive = alive;
                if let Err(error) = run(doors, settings, report, stopped) {
                    tracing::error!(%address, %error, "the MQTT broker does not run");
                }
            })
            .map_err(BrokerError::Thread)?;
        tracing::info!(%address, "the MQTT broker listens");
        Ok(Self { listeners, stop: Some(stop), thread: Some(thread), ended, trouble })
    }

    /// Where it listens.
    #[must_use]
    pub fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    /// Where devices connect; with the port that was taken when the settings said 0.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.listeners.address
    }

    /// Where the hub's own client connects, by plain TCP: the same place, or with TLS a port of this machine only.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.listeners.local
    }

    /// Waits until the broker ends by itself, which is never as long as all is well.
    pub async fn failed(&mut self) -> BrokerError {
        // Nothing is ever sent: the channel closes with the thread.
        let _ = self.ended.recv().await;
        BrokerError::Ended(self.address())
    }

    /// What keeps the broker from saving retained messages and sessions, in words for a person.
    #[must_use]
    pub fn trouble(&self) -> watch::Receiver<Option<String>> {
        self.trouble.clone()
    }

    /// Closes every connection, then saves. The port is free afterwards, unless somebody else has the listeners.
    pub async fn stop(mut self) {
        if let Some(thread) = self.halt() {
            // Joining must not block the runtime: what is saved may take a second on an SD card.
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
fn run(
    doors: Vec<Door>,
    settings: BrokerSettings,
    trouble: watch::Sender<Option<String>>,
    stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (router, settings) = (Rc::new(RefCell::new(Router::default())), Rc::new(settings));
    let tasks = LocalSet::new();
    runtime.block_on(async {
        let persistence = settings.persistence.clone();
        let mut keeper = persistence.and_then(|kept| Keeper::start(&router, kept, trouble));
        for door in doors {
            let (router, settings) = (Rc::clone(&router), Rc::clone(&settings));
            tasks.spawn_local(async move {
                if let Err(error) = accept(door, router, settings).await {
                    tracing::error!(%error, "the MQTT broker takes no more connections");
                }
            });
        }
        let keeping = async {
            match &mut keeper {
                Some(keeper) => keeper.run().await,
                None => std::future::pending().await,
            }
        };
        tasks
            .run_until(async {
                tokio::select! {
                    // Dropping the sender counts as being asked to stop, too.
                    _ = stopped => {}
                    () = keeping => {}
                }
            })
            .await;
        // Every connection ends with the set of tasks; what is saved then is the last word.
        drop(tasks);
        if let Some(keeper) = keeper {
            keeper.finish().await;
        }
    });
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
        let served = async move {
            let Some(acceptor) = acceptor else {
                return link::serve(stream, peer, router, settings, stranger).await;
            };
            match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => link::serve(stream, peer, router, settings, stranger).await,
                Ok(Err(error)) => tracing::debug!(%peer, %error, "no encrypted connection"),
                Err(_) => {}
            }
        };
        tokio::task::spawn_local(async move {
            if let Err(fault) = contain(served).await {
                tracing::error!(%peer, fault, "a fault in the program while an MQTT client logged in or out");
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
