//! `/api/v1/entities` and `/api/v1/commands`: what can be read or switched.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::model::{
    Action, AreaId, Change, Command, Entity, EntityChange, EntityId, Names, Origin, Outcome, Timestamp,
};
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::error::ApiError;
use crate::web::extract::{self, Json, Path, Query, present};
use crate::web::openapi::{Missing, Unchanged, Usual};

/// Commands that one request may carry.
const MOST_COMMANDS: usize = 200;
/// Points of a plot that are given when the request names no number, and at most.
const POINTS: usize = 500;
const MOST_POINTS: usize = 5_000;

/// All entities
#[utoipa::path(get, path = "/api/v1/entities", tag = "home", operation_id = "entities",
    responses((status = 200, body = Vec<Entity>), Usual))]
pub(in crate::web) async fn list(
    State(web): State<Arc<Web>>,
    _caller: Caller,
) -> Result<Json<Vec<Arc<Entity>>>, ApiError> {
    Ok(Json(web.handle.read(|home| home.view().entities.values().cloned().collect()).await?))
}

/// One entity
#[utoipa::path(get, path = "/api/v1/entities/{id}", tag = "home", operation_id = "entity",
    params(("id" = String, Path, description = "The entity", example = "light.kitchen_ceiling")),
    responses((status = 200, body = Entity), Usual, Missing))]
pub(in crate::web) async fn get(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<EntityId>,
) -> Result<Json<Arc<Entity>>, ApiError> {
    read(&web, id).await.map(Json)
}

async fn read(web: &Web, id: EntityId) -> Result<Arc<Entity>, ApiError> {
    let wanted = id.clone();
    let found = web.handle.read(move |home| home.view().entities.get(&wanted).cloned()).await?;
    found.ok_or_else(|| ApiError::not_found("entity", id.as_str()))
}

/// What the owner changes; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"names": {"name": "Ceiling", "aliases": ["big light"]}, "area": null, "enabled": true}))]
pub(in crate::web) struct EntityPatch {
    /// New names; null goes back to the discovered name.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Names>)]
    names: Option<Option<Names>>,
    /// Where it is; null for where its device is.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<AreaId>)]
    area: Option<Option<AreaId>>,
    /// Whether it is shown and understood.
    #[serde(default)]
    #[schema(nullable = false)]
    enabled: Option<bool>,
}

/// Name an entity, put it into a room, or hide it
#[utoipa::path(patch, path = "/api/v1/entities/{id}", tag = "home", operation_id = "change_entity",
    params(("id" = String, Path, description = "The entity", example = "light.kitchen_ceiling")),
    request_body = EntityPatch,
    responses((status = 200, body = Entity), Usual, Missing, Unchanged))]
pub(in crate::web) async fn change(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<EntityId>,
    Json(patch): Json<EntityPatch>,
) -> Result<Json<Arc<Entity>>, ApiError> {
    let EntityPatch { names, area, enabled } = patch;
    let change = EntityChange { names: extract::new_names(names)?, area, enabled };
    web.handle.change(Change::Entity(id.clone(), change)).await?;
    read(&web, id).await.map(Json)
}

/// Switch an entity
///
/// Waits briefly for the device to confirm; the outcome says honestly whether it did.
#[utoipa::path(post, path = "/api/v1/entities/{id}/commands", tag = "home", operation_id = "command",
    params(("id" = String, Path, description = "The entity", example = "light.kitchen_ceiling")),
    request_body(content = Action, example = json!({"action": "turn_on", "brightness": 128})),
    responses((status = 200, body = Outcome), Usual, Missing, Unchanged))]
pub(in crate::web) async fn command(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(entity): Path<EntityId>,
    Json(action): Json<Action>,
) -> Result<Json<Outcome>, ApiError> {
    let outcomes = web.handle.execute(vec![Command { entity, action }], Origin::Api).await?;
    let outcome = outcomes.into_iter().next();
    outcome.map(Json).ok_or_else(|| ApiError::internal("the hub gave no outcome"))
}

/// Several commands.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"commands": [{"entity": "light.kitchen_ceiling", "action": "turn_off"},
    {"entity": "cover.bedroom", "action": "set_position", "position": 40}]}))]
pub(in crate::web) struct Commands {
    /// At most 200.
    commands: Vec<Command>,
}

/// What came of several commands.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Outcomes {
    /// In the order of the commands.
    outcomes: Vec<Outcome>,
}

/// Switch several entities together
#[utoipa::path(post, path = "/api/v1/commands", tag = "home", operation_id = "commands", request_body = Commands,
    responses((status = 200, body = Outcomes), Usual, Missing, Unchanged))]
pub(in crate::web) async fn commands(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Json(Commands { commands }): Json<Commands>,
) -> Result<Json<Outcomes>, ApiError> {
    if commands.is_empty() || commands.len() > MOST_COMMANDS {
        return Err(ApiError::invalid(format!("send 1 to {MOST_COMMANDS} commands")));
    }
    let outcomes = web.handle.execute(commands, Origin::Api).await?;
    Ok(Json(Outcomes { outcomes }))
}

/// Which part of the past.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Period {
    /// Milliseconds since 1970; a day before `to` if absent.
    from: Option<Timestamp>,
    /// Milliseconds since 1970; now if absent.
    to: Option<Timestamp>,
    /// About so many points, 500 if absent, at most 5000.
    points: Option<usize>,
}

/// What an entity was over time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"points": [[1_767_225_600_000_i64, 21.5], [1_767_225_660_000_i64, null]], "states": []}))]
#[schema(as = History)]
pub(in crate::web) struct Past {
    /// Milliseconds since 1970 and the number; null while the entity could not be reached.
    points: Vec<(i64, Option<f64>)>,
    /// Milliseconds since 1970 and the state, where it is no number.
    states: Vec<(i64, String)>,
}

/// What an entity was over time
#[utoipa::path(get, path = "/api/v1/entities/{id}/history", tag = "home", operation_id = "history",
    params(("id" = String, Path, description = "The entity", example = "sensor.kitchen_temperature"), Period),
    responses((status = 200, body = Past), Usual, Missing, Unchanged))]
pub(in crate::web) async fn history(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<EntityId>,
    Query(period): Query<Period>,
) -> Result<Json<Past>, ApiError> {
    const DAY: Duration = Duration::from_secs(24 * 3_600);
    let to = period.to.unwrap_or_else(|| web.now());
    let day_before = to.as_millis().saturating_sub(i64::try_from(DAY.as_millis()).unwrap_or_default());
    let from = period.from.unwrap_or_else(|| Timestamp::from_millis(day_before));
    if from >= to {
        return Err(ApiError::invalid("from has to be before to"));
    }
    read(&web, id.clone()).await?;
    let points = period.points.unwrap_or(POINTS).clamp(2, MOST_POINTS);
    let past = web.handle.history(id, from, to, points).await?;
    Ok(Json(Past { points: past.points, states: past.states }))
}
