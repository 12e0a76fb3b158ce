//! `/readyz`: whether the hub can do its work.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::web::Web;
use crate::web::extract::Json;

/// Whether the hub can do its work.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Ready {
    /// Whether nothing is missing.
    ready: bool,
    /// What has not come up yet.
    #[schema(example = json!([]))]
    missing: Vec<&'static str>,
}

/// Whether the hub can do its work
#[utoipa::path(get, path = "/readyz", tag = "inside", operation_id = "readyz", security(()),
    responses((status = 200, body = Ready), (status = 503, body = Ready, description = "Something is missing")))]
pub(in crate::web) async fn get(State(web): State<Arc<Web>>) -> (StatusCode, Json<Ready>) {
    let missing = web.readiness.missing();
    let ready = missing.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Ready { ready, missing }))
}
