//! `/api/v1/devices`: physical things.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::hub::Home;
use crate::model::{AreaId, Change, Device, DeviceChange, DeviceId, EntityId, Names};
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::error::ApiError;
use crate::web::extract::{self, Json, Path, present};
use crate::web::openapi::{Missing, Unchanged, Usual};

/// A device and what it brings.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct DeviceInfo {
    #[serde(flatten)]
    device: Arc<Device>,
    /// Its entities.
    entities: Vec<EntityId>,
}

impl DeviceInfo {
    fn of(home: &Home, device: &Arc<Device>) -> Self {
        let own = home.view().entities.values().filter(|entity| entity.device.as_ref() == Some(&device.id));
        Self { device: Arc::clone(device), entities: own.map(|entity| entity.id.clone()).collect() }
    }
}

/// What the owner changes; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"names": {"name": "Floor lamp", "by_language": {"zh-CN": ["落地灯"]}}, "area": "living_room"}))]
pub(in crate::web) struct DevicePatch {
    /// New names; null goes back to the discovered name.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Names>)]
    names: Option<Option<Names>>,
    /// Where it stands; null for nowhere.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<AreaId>)]
    area: Option<Option<AreaId>>,
}

/// All devices
#[utoipa::path(get, path = "/api/v1/devices", tag = "home", operation_id = "devices",
    responses((status = 200, body = Vec<DeviceInfo>), Usual))]
pub(in crate::web) async fn list(
    State(web): State<Arc<Web>>,
    _caller: Caller,
) -> Result<Json<Vec<DeviceInfo>>, ApiError> {
    let devices = web.handle.read(|home| {
        let mut own = std::collections::BTreeMap::<_, Vec<EntityId>>::new();
        for entity in home.view().entities.values() {
            if let Some(device) = &entity.device {
                own.entry(device.clone()).or_default().push(entity.id.clone());
            }
        }
        let info = |device: &Arc<Device>| DeviceInfo {
            device: Arc::clone(device),
            entities: own.remove(&device.id).unwrap_or_default(),
        };
        home.view().devices.values().map(info).collect()
    });
    Ok(Json(devices.await?))
}

/// One device
#[utoipa::path(get, path = "/api/v1/devices/{id}", tag = "home", operation_id = "device",
    params(("id" = String, Path, description = "The device")),
    responses((status = 200, body = DeviceInfo), Usual, Missing))]
pub(in crate::web) async fn get(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<DeviceId>,
) -> Result<Json<DeviceInfo>, ApiError> {
    read(&web, id).await.map(Json)
}

async fn read(web: &Web, id: DeviceId) -> Result<DeviceInfo, ApiError> {
    let wanted = id.clone();
    let found = web
        .handle
        .read(move |home| home.view().devices.get(&wanted).map(|device| DeviceInfo::of(home, device)))
        .await?;
    found.ok_or_else(|| ApiError::not_found("device", id.as_str()))
}

/// Name a device, or put it into a room
#[utoipa::path(patch, path = "/api/v1/devices/{id}", tag = "home", operation_id = "change_device",
    params(("id" = String, Path, description = "The device")), request_body = DevicePatch,
    responses((status = 200, body = DeviceInfo), Usual, Missing, Unchanged))]
pub(in crate::web) async fn change(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<DeviceId>,
    Json(patch): Json<DevicePatch>,
) -> Result<Json<DeviceInfo>, ApiError> {
    let change = DeviceChange { names: extract::new_names(patch.names)?, area: patch.area };
    web.handle.change(Change::Device(id.clone(), change)).await?;
    read(&web, id).await.map(Json)
}

/// Forget a device
///
/// It comes back when it announces itself again.
#[utoipa::path(delete, path = "/api/v1/devices/{id}", tag = "home", operation_id = "remove_device",
    params(("id" = String, Path, description = "The device")),
    responses((status = 204, description = "Forgotten"), Usual, Missing, Unchanged))]
pub(in crate::web) async fn remove(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<DeviceId>,
) -> Result<StatusCode, ApiError> {
    web.handle.change(Change::RemoveDevice(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
