//! `/api/v1/states`: what is known of each entity.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;

use crate::model::{self, EntityId};
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::error::ApiError;
use crate::web::extract::{Json, Path};
use crate::web::openapi::{Missing, Usual};

/// All states
#[utoipa::path(get, path = "/api/v1/states", tag = "home", operation_id = "states",
    responses((status = 200, body = BTreeMap<String, model::State>), Usual))]
pub(in crate::web) async fn list(
    State(web): State<Arc<Web>>,
    _caller: Caller,
) -> Result<Json<BTreeMap<EntityId, Arc<model::State>>>, ApiError> {
    Ok(Json(web.handle.read(|home| home.view().states.clone()).await?))
}

/// One state
#[utoipa::path(get, path = "/api/v1/states/{id}", tag = "home", operation_id = "state",
    params(("id" = String, Path, description = "The entity", example = "light.kitchen_ceiling")),
    responses((status = 200, body = model::State), Usual, Missing))]
pub(in crate::web) async fn get(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<EntityId>,
) -> Result<Json<Arc<model::State>>, ApiError> {
    let wanted = id.clone();
    let found = web.handle.read(move |home| home.view().states.get(&wanted).cloned()).await?;
    found.map(Json).ok_or_else(|| ApiError::not_found("entity", id.as_str()))
}
