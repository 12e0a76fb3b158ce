//! The demo home beside the hub, and what its devices cannot say about themselves.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;

use crate::config::Config;
use crate::demo::{self, DemoOptions, Language};
use crate::hub::{Handle, Home, HubError};
use crate::model::{Area, Change, Floor, FloorId, Names};
use crate::mqtt::ClientSettings;
use crate::runtime::Supervisor;

use super::POLICY;

/// The demo home at the hub's broker.
pub(super) fn options(config: &Config, client: &ClientSettings, language: Language) -> DemoOptions {
    DemoOptions {
        host: client.host.clone(),
        port: client.port,
        login: client.login.as_ref().map(|login| (login.user.clone(), login.password.clone())),
        tls: client.tls.is_some(),
        ca_file: client.tls.as_ref().and_then(|tls| tls.ca.clone()),
        discovery_prefix: config.mqtt.discovery_prefix.as_str().to_owned(),
        language,
        ..DemoOptions::default()
    }
}

/// Runs the demo home, and puts its rooms on their floors.
pub(super) fn supervise(edges: &mut Supervisor, handle: &Handle, options: DemoOptions) {
    let handle = handle.clone();
    edges.spawn("demo", POLICY, move |part| {
        let (options, handle) = (options.clone(), handle.clone());
        async move {
            let language = options.language;
            let stop = part.shutdown.token();
            part.ok();
            let arranging = tokio::spawn(async move {
                if let Err(error) = arrange(&handle, language).await {
                    tracing::debug!(%error, "the demo home stays as its devices describe it");
                }
            });
            let ended = demo::run(options, stop).await;
            arranging.abort();
            ended.map_err(Into::into)
        }
    });
}

/// Once everything is there that has to be arranged, arranges it; an owner's own choice stays.
async fn arrange(handle: &Handle, language: Language) -> Result<(), HubError> {
    let mut events = handle.events();
    loop {
        let (done, changes) = handle.read(move |home| missing(home, language)).await?;
        for change in changes {
            handle.change(change).await?;
        }
        if done {
            return Ok(());
        }
        if matches!(events.recv().await, Err(RecvError::Closed)) {
            return Err(HubError::Stopping);
        }
        // Devices announce themselves in bursts; one look for all of them.
        while events.try_recv().is_ok() {}
    }
}

/// Whether every room and device is there, and what is to be changed about those that are.
fn missing(home: &Home, language: Language) -> (bool, Vec<Change>) {
    let view = home.view();
    let mut changes = Vec::new();
    let mut done = true;
    let by_name: BTreeMap<&str, &Arc<Area>> =
        view.areas.values().map(|area| (area.names.name.as_str(), area)).collect();
    for (number, floor) in demo::floors(language).into_iter().enumerate() {
        let Ok(id) = FloorId::new(&format!("demo_{number}")) else { continue };
        if !view.floors.contains_key(&id) {
            let names = Names::new(floor.name);
            changes.push(Change::PutFloor(Floor { id: id.clone(), names, level: Some(floor.level) }));
        }
        for room in floor.rooms {
            match by_name.get(room) {
                Some(area) if area.floor.is_none() => {
                    changes.push(Change::PutArea(Area { floor: Some(id.clone()), ..(***area).clone() }));
                }
                Some(_) => {}
                None => done = false,
            }
        }
    }
    for (address, room) in demo::placement(language) {
        let device = view.devices.values().find(|device| device.id.as_str().contains(address));
        match (device, by_name.get(room)) {
            (Some(device), Some(area)) if device.area.is_none() => {
                changes.push(Change::DeviceArea(device.id.clone(), Some(area.id.clone())));
            }
            (Some(_), Some(_)) => {}
            _ => done = false,
        }
    }
    (done, changes)
}
