//! `/api/v1/conversations`: what was said before.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::model::{Message, Reply};
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::error::ApiError;
use crate::web::extract::{Json, Query};
use crate::web::openapi::Usual;

/// How many are given when the request names no number, and at most.
const USUAL: usize = 50;
const MOST: usize = 500;

/// How many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Limit {
    /// At most so many.
    pub(super) limit: Option<usize>,
}

/// Something said and its answer.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Exchange {
    /// What was said.
    message: Message,
    /// What was answered.
    reply: Reply,
}

/// What was said before
///
/// The newest first; 50 if no limit is given, at most 500.
#[utoipa::path(get, path = "/api/v1/conversations", tag = "conversation", operation_id = "conversations",
    params(Limit), responses((status = 200, body = Vec<Exchange>), Usual))]
pub(in crate::web) async fn list(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Query(Limit { limit }): Query<Limit>,
) -> Result<Json<Vec<Exchange>>, ApiError> {
    let said = web.handle.conversations(limit.unwrap_or(USUAL).min(MOST)).await?;
    Ok(Json(said.into_iter().map(|(message, reply)| Exchange { message, reply }).collect()))
}
