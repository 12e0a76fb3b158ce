//! `/api/v1/health`: how the parts of the hub are.

use std::sync::Arc;

use axum::extract::State;

use crate::model::Health;
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::error::ApiError;
use crate::web::extract::Json;
use crate::web::openapi::Usual;

/// How the parts of the hub are
#[utoipa::path(get, path = "/api/v1/health", tag = "inside", operation_id = "health",
    responses((status = 200, body = Vec<Health>), Usual))]
pub(in crate::web) async fn list(
    State(web): State<Arc<Web>>,
    _caller: Caller,
) -> Result<Json<Vec<Arc<Health>>>, ApiError> {
    Ok(Json(web.handle.read(|home| home.health.values().cloned().collect()).await?))
}
