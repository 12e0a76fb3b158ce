//! What changes while the hub runs, when the configuration is read again.

use std::sync::Arc;

use tokio::sync::watch;

use crate::config::Reloaded;
use crate::hub::Handle;
use crate::model::Event;
use crate::runtime::Telemetry;
use crate::web::Web;

/// Takes over what can change, and tells the panel what came of it.
pub(super) async fn follow(
    mut reloads: watch::Receiver<Reloaded>,
    handle: Handle,
    web: Arc<Web>,
    telemetry: Telemetry,
) {
    while reloads.changed().await.is_ok() {
        let reloaded = reloads.borrow_and_update().clone();
        let config = &reloaded.config;
        telemetry.set_level(config.log.level);
        web.read_certificate_again();
        let event = Event::Configuration { accepted: reloaded.accepted(), message: reloaded.summary() };
        let told = async {
            handle.configure(super::settings(config)).await?;
            handle.announce(event).await
        };
        if told.await.is_err() {
            return;
        }
    }
}
