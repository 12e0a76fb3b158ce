//! What every part stands on: clock, supervisor, shutdown, health, telemetry.

pub mod clock;
mod keepsake;
mod logs;
mod memory;
pub mod metrics;
mod notify;
mod ready;
mod shutdown;
mod supervisor;
pub mod telemetry;

pub use keepsake::keep;
pub use logs::{LogEntry, Logs};
pub use memory::Memory;
pub use metrics::Metrics;
pub use notify::Notifier;
pub use ready::{Latch, Readiness};
pub use shutdown::{GRACE, Shutdown, Signal, Signals};
pub use supervisor::{Board, Listener, Part, PartError, Policy, Supervisor};
pub use telemetry::Telemetry;
