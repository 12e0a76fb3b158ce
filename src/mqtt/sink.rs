//! Where the client hands over what comes from the broker.

use std::future::Future;
use std::sync::Arc;

use crate::hub::Handle;
use crate::model::{Health, HealthLevel, Inbound};
use crate::runtime::clock;

/// Whoever took the messages is gone; the client stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nobody takes the messages any more")]
pub struct Gone;

/// Takes what the client brings. The hub's handle is one; tests have their own.
pub trait Sink: Send + Sync + 'static {
    /// Takes a message. The client reads no further before this is done, so a busy hub slows the broker down
    /// instead of filling the memory; a message of quality 1 is acknowledged only afterwards.
    fn inbound(&self, message: Inbound) -> impl Future<Output = Result<(), Gone>> + Send;

    /// Takes note that the connection came up or went down.
    fn connected(&self, up: bool) -> impl Future<Output = Result<(), Gone>> + Send;

    /// Takes note of how the connection is, in words for a person.
    fn health(
        &self,
        level: HealthLevel,
        message: String,
        restarts: u32,
    ) -> impl Future<Output = Result<(), Gone>> + Send;
}

impl<S: Sink> Sink for Arc<S> {
    fn inbound(&self, message: Inbound) -> impl Future<Output = Result<(), Gone>> + Send {
        S::inbound(self, message)
    }

    fn connected(&self, up: bool) -> impl Future<Output = Result<(), Gone>> + Send {
        S::connected(self, up)
    }

    fn health(
        &self,
        level: HealthLevel,
        message: String,
        restarts: u32,
    ) -> impl Future<Output = Result<(), Gone>> + Send {
        S::health(self, level, message, restarts)
    }
}

impl Sink for Handle {
    async fn inbound(&self, message: Inbound) -> Result<(), Gone> {
        Self::inbound(self, message).await.map_err(|_| Gone)
    }

    async fn connected(&self, up: bool) -> Result<(), Gone> {
        Self::connected(self, up).await.map_err(|_| Gone)
    }

    async fn health(&self, level: HealthLevel, message: String, restarts: u32) -> Result<(), Gone> {
        let health = Health { part: "mqtt".to_owned(), level, message, since: clock::now(), restarts };
        Self::health(self, health).await.map_err(|_| Gone)
    }
}
