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
use crate::web::extract::{self, Json, Path};
use crate::web::openapi::{Missing, Unchanged, Usual};

use super::id_for;

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

impl AreaBody {
    fn named(self, id: AreaId) -> Result<Area, ApiError> {
        Ok(Area { id, names: extract::names(self.names)?, floor: self.floor })
    }
}

/// All areas
#[utoipa::path(get, path = "/api/v1/areas", tag = "home", operation_id = "areas",
    responses((status = 200, body = Vec<Area>), Usual))]
pub(in crate::web) async fn list(
    State(web): State<Arc<Web>>,
    _caller: Caller,
) -> Result<Json<Vec<Arc<Area>>>, ApiError> {
    Ok(Json(web.handle.read(|home| home.view().areas.values().cloned().collect()).await?))
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
    // Two of one name at the same moment must not get the same id.
    let _one_at_a_time = web.naming.lock().await;
    let taken: Vec<AreaId> = web.handle.read(|home| home.view().areas.keys().cloned().collect()).await?;
    let id = id_for(&body.names, "area", |id| taken.iter().any(|taken| taken.as_str() == id))?;
    let area = body.named(AreaId::new(&id)?)?;
    web.handle.change(Change::PutArea(area.clone())).await?;
    Ok((StatusCode::CREATED, Json(area)))
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
    let wanted = id.clone();
    if !web.handle.read(move |home| home.view().areas.contains_key(&wanted)).await? {
        return Err(ApiError::not_found("area", id.as_str()));
    }
    let area = body.named(id)?;
    web.handle.change(Change::PutArea(area.clone())).await?;
    Ok(Json(area))
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
