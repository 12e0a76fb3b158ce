//! What every part stands on: clock, supervisor, shutdown, health, telemetry, files replaced as a whole.

pub mod atomic;
pub mod clock;
pub mod heap;
mod keepsake;
mod logs;
mod memory;
pub mod metrics;
mod notify;
mod ready;
mod shutdown;
mod supervisor;
pub mod telemetry;
pub mod tls;

pub use keepsake::keep;
pub use logs::{LogEntry, LogImportance, Logs};
pub use memory::Memory;
pub use metrics::Metrics;
pub use notify::Notifier;
pub use ready::{Latch, Readiness};
pub use shutdown::{GRACE, Shutdown, Signal, Signals};
pub use supervisor::{Board, Listener, Part, PartError, Policy, Supervisor, contain};
pub use telemetry::Telemetry;

/// The address by which other machines on the network reach this one, as far as the routes tell. Nothing is
/// sent.
#[must_use]
pub fn lan_address() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    // An address for documentation (RFC 5737): only the choice of the route matters.
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_unspecified())
}
