//! The broker inside, and the client to whichever broker is in use.
//!
//! Both speak MQTT 3.1.1 over real TCP, also when they live in one process: the hub sees its own broker as it
//! would see any other. docs/mqtt.md tells what each can do and where its limits are.

mod broker;
mod client;
mod connection;
mod settings;
mod sink;
mod task;
mod tls;
pub mod topics;
mod words;

pub use broker::{Broker, BrokerError, Listeners};
pub use client::{Client, Counters};
pub use settings::{BrokerSettings, BrokerTls, ClientSettings, Login, Persistence, Tls};
pub use sink::{Gone, Sink};
pub use task::{ClientTask, TaskError};
