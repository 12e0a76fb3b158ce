//! `/api/v1/home`: everything at once.

use std::sync::Arc;

use axum::extract::State;

use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::error::ApiError;
use crate::web::extract::Json;
use crate::web::openapi::Usual;
use crate::web::snapshot::Snapshot;

/// The whole home at one moment
#[utoipa::path(get, path = "/api/v1/home", tag = "home", operation_id = "home",
    responses((status = 200, body = Snapshot), Usual))]
pub(in crate::web) async fn get(
    State(web): State<Arc<Web>>,
    _caller: Caller,
) -> Result<Json<Snapshot>, ApiError> {
    Ok(Json(Snapshot::take(&web).await?))
}
