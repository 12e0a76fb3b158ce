//! `/api/v1/logs`: the newest log lines.

use std::sync::Arc;

use axum::extract::State;

use crate::runtime::LogEntry;
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::error::ApiError;
use crate::web::extract::{Json, Query};
use crate::web::openapi::Usual;

use super::conversations::Limit;

const USUAL: usize = 200;
const MOST: usize = 1_000;

/// The newest log lines
///
/// The oldest of them first; 200 if no limit is given, at most 1000. Over the WebSocket they come live.
#[utoipa::path(get, path = "/api/v1/logs", tag = "inside", operation_id = "logs", params(Limit),
    responses((status = 200, body = Vec<LogEntry>), Usual))]
pub(in crate::web) async fn list(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Query(Limit { limit }): Query<Limit>,
) -> Result<Json<Vec<Arc<LogEntry>>>, ApiError> {
    Ok(Json(web.logs.newest(limit.unwrap_or(USUAL).min(MOST))))
}
