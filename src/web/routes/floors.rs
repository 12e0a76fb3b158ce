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
use crate::web::extract::{Json, Path};
use crate::web::openapi::{Missing, Unchanged, Usual};

use super::rooms;

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

/// All floors
#[utoipa::path(get, path = "/api/v1/floors", tag = "home", operation_id = "floors",
    responses((status = 200, body = Vec<Floor>), Usual))]
pub(in crate::web) async fn list(
    State(web): State<Arc<Web>>,
    _caller: Caller,
) -> Result<Json<Vec<Arc<Floor>>>, ApiError> {
    rooms::list(&web).await
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
    let FloorBody { names, level } = body;
    rooms::create(&web, names, |id, names| Floor { id, names, level }).await
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
    let FloorBody { names, level } = body;
    rooms::put(&web, id, names, |id, names| Floor { id, names, level }).await
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
