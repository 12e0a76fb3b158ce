//! What every part stands on: clock, supervisor, shutdown, health, telemetry.

pub mod clock;
mod shutdown;
mod supervisor;

pub use shutdown::{GRACE, Shutdown, Signal, Signals};
pub use supervisor::{Board, Listener, Part, PartError, Policy, Supervisor};
