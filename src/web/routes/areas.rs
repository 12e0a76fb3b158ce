//! `/api/v1/areas`: rooms.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::model::{Area, AreaId, Change, FloorId, Names};
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::error::ApiError;
use crate::web::extract::{Json, Path};
use crate::web::openapi::{Missing, Unchanged, Usual};

use super::rooms;

/// Area as the owner writes it.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"name": "Kitchen", "by_language": {"zh-CN": ["厨房"]}, "floor": "ground"}))]
pub(in crate::web) struct AreaBody {
    #[serde(flatten)]
    names: Names,
    /// The floor that it is on.
    #[serde(default)]
    floor: Option<FloorId>,
}

/// All areas
#[utoipa::path(get, path = "/api/v1/areas", tag = "home", operation_id = "areas",
    responses((status = 200, body = Vec<Area>), Usual))]
pub(in crate::web) async fn list(
    State(web): State<Arc<Web>>,
    _caller: Caller,
) -> Result<Json<Vec<Arc<Area>>>, ApiError> {
    rooms::list(&web).await
}

/// Add an area
///
/// The hub makes its id from the name.
#[utoipa::path(post, path = "/api/v1/areas", tag = "home", operation_id = "create_area", request_body = AreaBody,
    responses((status = 201, body = Area), Usual, Unchanged))]
pub(in crate::web) async fn create(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Json(body): Json<AreaBody>,
) -> Result<(StatusCode, Json<Area>), ApiError> {
    let AreaBody { names, floor } = body;
    rooms::create(&web, names, |id, names| Area { id, names, floor }).await
}

/// Change an area
#[utoipa::path(put, path = "/api/v1/areas/{id}", tag = "home", operation_id = "put_area",
    params(("id" = String, Path, description = "The area")), request_body = AreaBody,
    responses((status = 200, body = Area), Usual, Missing, Unchanged))]
pub(in crate::web) async fn put(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<AreaId>,
    Json(body): Json<AreaBody>,
) -> Result<Json<Area>, ApiError> {
    let AreaBody { names, floor } = body;
    rooms::put(&web, id, names, |id, names| Area { id, names, floor }).await
}

/// Remove an area
///
/// Its devices are without one then.
#[utoipa::path(delete, path = "/api/v1/areas/{id}", tag = "home", operation_id = "remove_area",
    params(("id" = String, Path, description = "The area")),
    responses((status = 204, description = "Removed"), Usual, Missing, Unchanged))]
pub(in crate::web) async fn remove(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<AreaId>,
) -> Result<StatusCode, ApiError> {
    web.handle.change(Change::RemoveArea(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
