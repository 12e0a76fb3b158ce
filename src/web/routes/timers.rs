//! `/api/v1/timers`: kitchen timers.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::model::{AreaId, Timer, TimerChange, TimerId};
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::error::ApiError;
use crate::web::extract::{self, Json, Path};
use crate::web::openapi::{Missing, Unchanged, Usual};

/// Nobody wants to be told after a year.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3_600);

/// A new timer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"duration_ms": 600_000, "name": "pizza", "area": "kitchen"}))]
pub(in crate::web) struct NewTimer {
    /// How long, in milliseconds; at least a second.
    duration_ms: u64,
    /// What it is called.
    #[serde(default)]
    name: Option<String>,
    /// Where it is set.
    #[serde(default)]
    area: Option<AreaId>,
}

/// By how much.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"by_ms": 60_000}))]
pub(in crate::web) struct By {
    /// Milliseconds.
    by_ms: u64,
}

fn duration(millis: u64) -> Result<Duration, ApiError> {
    let duration = Duration::from_millis(millis);
    if duration < Duration::from_secs(1) || duration > LONGEST {
        return Err(ApiError::invalid("the time has to be between a second and a year"));
    }
    Ok(duration)
}

/// All timers
#[utoipa::path(get, path = "/api/v1/timers", tag = "timers", operation_id = "timers",
    responses((status = 200, body = Vec<Timer>), Usual))]
pub(in crate::web) async fn list(
    State(web): State<Arc<Web>>,
    _caller: Caller,
) -> Result<Json<Vec<Arc<Timer>>>, ApiError> {
    Ok(Json(web.handle.read(|home| home.timers.values().cloned().collect()).await?))
}

/// Start a timer
#[utoipa::path(post, path = "/api/v1/timers", tag = "timers", operation_id = "start_timer", request_body = NewTimer,
    responses((status = 201, body = Timer), Usual, Unchanged))]
pub(in crate::web) async fn start(
    State(web): State<Arc<Web>>,
    caller: Caller,
    Json(new): Json<NewTimer>,
) -> Result<(StatusCode, Json<Timer>), ApiError> {
    let change = TimerChange::Start {
        duration: duration(new.duration_ms)?,
        name: new.name.as_deref().map(extract::name).transpose()?,
        area: new.area,
        channel: caller.channel(),
        command: None,
    };
    Ok((StatusCode::CREATED, Json(web.handle.timer(change).await?)))
}

/// Stop the clock of a timer
#[utoipa::path(post, path = "/api/v1/timers/{id}/pause", tag = "timers", operation_id = "pause_timer",
    params(("id" = String, Path, description = "The timer")),
    responses((status = 200, body = Timer), Usual, Missing, Unchanged))]
pub(in crate::web) async fn pause(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<TimerId>,
) -> Result<Json<Timer>, ApiError> {
    Ok(Json(web.handle.timer(TimerChange::Pause(id)).await?))
}

/// Let a timer go on
#[utoipa::path(post, path = "/api/v1/timers/{id}/resume", tag = "timers", operation_id = "resume_timer",
    params(("id" = String, Path, description = "The timer")),
    responses((status = 200, body = Timer), Usual, Missing, Unchanged))]
pub(in crate::web) async fn resume(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<TimerId>,
) -> Result<Json<Timer>, ApiError> {
    Ok(Json(web.handle.timer(TimerChange::Resume(id)).await?))
}

/// Make a timer longer
#[utoipa::path(post, path = "/api/v1/timers/{id}/increase", tag = "timers", operation_id = "increase_timer",
    params(("id" = String, Path, description = "The timer")), request_body = By,
    responses((status = 200, body = Timer), Usual, Missing, Unchanged))]
pub(in crate::web) async fn increase(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<TimerId>,
    Json(By { by_ms }): Json<By>,
) -> Result<Json<Timer>, ApiError> {
    Ok(Json(web.handle.timer(TimerChange::Increase(id, duration(by_ms)?)).await?))
}

/// Make a timer shorter
///
/// It ends at once when nothing is left.
#[utoipa::path(post, path = "/api/v1/timers/{id}/decrease", tag = "timers", operation_id = "decrease_timer",
    params(("id" = String, Path, description = "The timer")), request_body = By,
    responses((status = 200, body = Timer), Usual, Missing, Unchanged))]
pub(in crate::web) async fn decrease(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<TimerId>,
    Json(By { by_ms }): Json<By>,
) -> Result<Json<Timer>, ApiError> {
    Ok(Json(web.handle.timer(TimerChange::Decrease(id, duration(by_ms)?)).await?))
}

/// Take a timer away
#[utoipa::path(delete, path = "/api/v1/timers/{id}", tag = "timers", operation_id = "cancel_timer",
    params(("id" = String, Path, description = "The timer")),
    responses((status = 204, description = "Gone"), Usual, Missing, Unchanged))]
pub(in crate::web) async fn cancel(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<TimerId>,
) -> Result<StatusCode, ApiError> {
    web.handle.timer(TimerChange::Cancel(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
