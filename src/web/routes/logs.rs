//! `/api/v1/logs`: the newest log lines.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::model::Timestamp;
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::error::ApiError;
use crate::web::extract::{Json, Query};
use crate::web::openapi::Usual;

use super::conversations::Limit;

const USUAL: usize = 200;
const MOST: usize = 1_000;

/// A log line.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct LogLine {
    /// When.
    time: Timestamp,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    #[schema(example = "warn")]
    level: &'static str,
    /// The module that wrote it.
    #[schema(example = "homeclaw::hub")]
    target: String,
    /// The words.
    message: String,
    /// Named values.
    #[schema(value_type = Object)]
    fields: Map<String, Value>,
}

/// The newest log lines
///
/// The oldest of them first; 200 if no limit is given, at most 1000. Over the WebSocket they come live.
#[utoipa::path(get, path = "/api/v1/logs", tag = "inside", operation_id = "logs", params(Limit),
    responses((status = 200, body = Vec<LogLine>), Usual))]
pub(in crate::web) async fn list(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Query(Limit { limit }): Query<Limit>,
) -> Result<Json<Vec<LogLine>>, ApiError> {
    let lines = web.logs.newest(limit.unwrap_or(USUAL).min(MOST));
    let line = |entry: Arc<crate::runtime::LogEntry>| LogLine {
        time: entry.time,
        level: entry.level,
        target: entry.target.clone(),
        message: entry.message.clone(),
        fields: entry.fields.clone(),
    };
    Ok(Json(lines.into_iter().map(line).collect()))
}
