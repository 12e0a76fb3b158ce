//! What changes while the hub runs, when the configuration is read again.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use crate::config::{Config, Reloaded};
use crate::hub::Handle;
use crate::model::Event;
use crate::runtime::Telemetry;
use crate::web::HomeInfo;

/// What the panel shows of the settings.
pub(super) fn home_info(config: &Config) -> HomeInfo {
    let zone = config.home.time_zone();
    HomeInfo {
        name: config.home.name.clone(),
        language: config.language.as_str().to_owned(),
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        temperature_unit: config.home.temperature_unit.symbol().to_owned(),
    }
}

/// Takes over what can change, and tells the panel what came of it.
pub(super) async fn follow(
    mut reloads: watch::Receiver<Reloaded>,
    handle: Handle,
    telemetry: Telemetry,
    home: Arc<ArcSwap<HomeInfo>>,
) {
    while reloads.changed().await.is_ok() {
        let reloaded = reloads.borrow_and_update().clone();
        let config = &reloaded.config;
        telemetry.set_level(config.log.level);
        home.store(Arc::new(home_info(config)));
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
