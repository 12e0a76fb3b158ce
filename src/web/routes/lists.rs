//! `/api/v1/lists`: shopping and to-do lists.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::model::{ItemChange, ItemStatus, ListChange, ListId, TodoList};
use crate::web::Web;
use crate::web::auth::Caller;
use crate::web::error::ApiError;
use crate::web::extract::{self, Json, Path};
use crate::web::openapi::{Missing, Unchanged, Usual};

use super::tokens::Named;

/// A new line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"summary": "milk"}))]
pub(in crate::web) struct NewItem {
    /// What it says.
    summary: String,
}

/// What is changed of a line; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "completed"}))]
pub(in crate::web) struct ItemPatch {
    /// What it says.
    #[serde(default)]
    #[schema(nullable = false)]
    summary: Option<String>,
    /// Whether it is done.
    #[serde(default)]
    #[schema(nullable = false)]
    status: Option<ItemStatus>,
}

/// All lists
#[utoipa::path(get, path = "/api/v1/lists", tag = "lists", operation_id = "lists",
    responses((status = 200, body = Vec<TodoList>), Usual))]
pub(in crate::web) async fn list(
    State(web): State<Arc<Web>>,
    _caller: Caller,
) -> Result<Json<Vec<Arc<TodoList>>>, ApiError> {
    Ok(Json(web.handle.read(|home| home.lists.values().cloned().collect()).await?))
}

/// Make a list
#[utoipa::path(post, path = "/api/v1/lists", tag = "lists", operation_id = "create_list", request_body = Named,
    responses((status = 201, body = TodoList), Usual, Unchanged))]
pub(in crate::web) async fn create(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Json(named): Json<Named>,
) -> Result<(StatusCode, Json<TodoList>), ApiError> {
    let list = web.handle.list(ListChange::Create(extract::name(&named.name)?)).await?;
    Ok((StatusCode::CREATED, Json(list)))
}

/// Take a list away
///
/// The shopping list is emptied instead.
#[utoipa::path(delete, path = "/api/v1/lists/{id}", tag = "lists", operation_id = "remove_list",
    params(("id" = String, Path, description = "The list", example = "shopping")),
    responses((status = 204, description = "Gone"), Usual, Missing, Unchanged))]
pub(in crate::web) async fn remove(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<ListId>,
) -> Result<StatusCode, ApiError> {
    web.handle.list(ListChange::Remove(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Write something on a list
#[utoipa::path(post, path = "/api/v1/lists/{id}/items", tag = "lists", operation_id = "add_item",
    params(("id" = String, Path, description = "The list", example = "shopping")), request_body = NewItem,
    responses((status = 201, body = TodoList), Usual, Missing, Unchanged))]
pub(in crate::web) async fn add_item(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<ListId>,
    Json(item): Json<NewItem>,
) -> Result<(StatusCode, Json<TodoList>), ApiError> {
    let list = web.handle.list(ListChange::Add(id, extract::name(&item.summary)?)).await?;
    Ok((StatusCode::CREATED, Json(list)))
}

/// Tick a line, or write it anew
#[utoipa::path(patch, path = "/api/v1/lists/{id}/items/{item}", tag = "lists", operation_id = "change_item",
    params(("id" = String, Path, description = "The list", example = "shopping"),
        ("item" = u64, Path, description = "The line", example = 3)),
    request_body = ItemPatch,
    responses((status = 200, body = TodoList), Usual, Missing, Unchanged))]
pub(in crate::web) async fn change_item(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path((id, item)): Path<(ListId, u64)>,
    Json(patch): Json<ItemPatch>,
) -> Result<Json<TodoList>, ApiError> {
    let ItemPatch { summary, status } = patch;
    if summary.is_none() && status.is_none() {
        return Err(ApiError::invalid("send summary, status or both"));
    }
    let change = ItemChange { summary: summary.as_deref().map(extract::name).transpose()?, status };
    Ok(Json(web.handle.list(ListChange::Change(id, item, change)).await?))
}

/// Take a line off a list
#[utoipa::path(delete, path = "/api/v1/lists/{id}/items/{item}", tag = "lists", operation_id = "remove_item",
    params(("id" = String, Path, description = "The list", example = "shopping"),
        ("item" = u64, Path, description = "The line", example = 3)),
    responses((status = 200, body = TodoList), Usual, Missing, Unchanged))]
pub(in crate::web) async fn remove_item(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path((id, item)): Path<(ListId, u64)>,
) -> Result<Json<TodoList>, ApiError> {
    Ok(Json(web.handle.list(ListChange::RemoveItem(id, item)).await?))
}

/// Take everything off a list that is done
#[utoipa::path(post, path = "/api/v1/lists/{id}/clear", tag = "lists", operation_id = "clear_list",
    params(("id" = String, Path, description = "The list", example = "shopping")),
    responses((status = 200, body = TodoList), Usual, Missing, Unchanged))]
pub(in crate::web) async fn clear(
    State(web): State<Arc<Web>>,
    _caller: Caller,
    Path(id): Path<ListId>,
) -> Result<Json<TodoList>, ApiError> {
    Ok(Json(web.handle.list(ListChange::ClearCompleted(id)).await?))
}
