//! `/api/v1/floors`: floors of the home.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::model::{Change, Floor, FloorId, Names};
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::error::ApiError;
use crate::web::extract::{self, Json, Path};
use crate::web::openapi::{Missing, Unchanged, Usual};

use super::id_for;

/// Floor as the owner writes it.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"name": "First floor", "by_language": {"zh-CN": ["二楼"]}, "level": 1}))]
pub(in crate::web) struct FloorBody {
    #[serde(flatten)]
    names: Names,
    /// 0 is the ground floor, negative below it.
    #[serde(default)]
    level: Option<i16>,
}

impl FloorBody {
    fn named(self, id: FloorId) -> Result<Floor, ApiError> {
        Ok(Floor { id, names: extract::names(self.names)?, level: self.level })
    }
}

/// All floors
#[utoipa::path(get, path = "/api/v1/floors", tag = "home", operation_id = "floors",
    responses((status = 200, body = Vec<Floor>), Usual))]
pub(in crate::web) async fn list(
    State(web): State<Arc<Web>>,
    _caller: Caller,
) -> Result<Json<Vec<Arc<Floor>>>, ApiError> {
    Ok(Json(web.handle.read(|home| home.view().floors.values().cloned().collect()).await?))
}

/// Add a floor
///
/// The hub makes its id from the name.
#[utoipa::path(post, path = "/api/v1/floors", tag = "home", operation_id = "create_floor", request_body = FloorBody,
    responses((status = 201, body = Floor), Usual, Unchanged))]
pub(in crate::web) async fn create(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Json(body): Json<FloorBody>,
) -> Result<(StatusCode, Json<Floor>), ApiError> {
    // Two of one name at the same moment must not get the same id.
    let _one_at_a_time = web.naming.lock().await;
    let taken: Vec<FloorId> = web.handle.read(|home| home.view().floors.keys().cloned().collect()).await?;
    let id = id_for(&body.names, "floor", |id| taken.iter().any(|taken| taken.as_str() == id))?;
    let floor = body.named(FloorId::new(&id)?)?;
    web.handle.change(Change::PutFloor(floor.clone())).await?;
    Ok((StatusCode::CREATED, Json(floor)))
}

/// Change a floor
#[utoipa::path(put, path = "/api/v1/floors/{id}", tag = "home", operation_id = "put_floor",
    params(("id" = String, Path, description = "The floor")), request_body = FloorBody,
    responses((status = 200, body = Floor), Usual, Missing, Unchanged))]
pub(in crate::web) async fn put(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<FloorId>,
    Json(body): Json<FloorBody>,
) -> Result<Json<Floor>, ApiError> {
    let wanted = id.clone();
    if !web.handle.read(move |home| home.view().floors.contains_key(&wanted)).await? {
        return Err(ApiError::not_found("floor", id.as_str()));
    }
    let floor = body.named(id)?;
    web.handle.change(Change::PutFloor(floor.clone())).await?;
    Ok(Json(floor))
}

/// Remove a floor
///
/// Its areas are without one then.
#[utoipa::path(delete, path = "/api/v1/floors/{id}", tag = "home", operation_id = "remove_floor",
    params(("id" = String, Path, description = "The floor")),
    responses((status = 204, description = "Removed"), Usual, Missing, Unchanged))]
pub(in crate::web) async fn remove(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<FloorId>,
) -> Result<StatusCode, ApiError> {
    web.handle.change(Change::RemoveFloor(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
