//! `/api/v1/tokens`: tokens for programs.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::Timestamp;
use crate::web::Web;
use crate::web::auth::Owner;
use crate::web::error::ApiError;
use crate::web::extract::{self, Json, Path};
use crate::web::openapi::{Missing, Unchanged, Usual};

/// A token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct ApiToken {
    /// Names it.
    #[schema(example = "9f3a61c20b77d415")]
    id: String,
    /// What the owner calls it.
    #[schema(example = "Node-RED")]
    name: String,
    /// When it was made.
    created: Timestamp,
    /// When it was used last, to the hour.
    #[schema(required)]
    last_used: Option<Timestamp>,
}

/// A new token.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct NewToken {
    /// Names it.
    #[schema(example = "9f3a61c20b77d415")]
    id: String,
    /// What the owner calls it.
    #[schema(example = "Node-RED")]
    name: String,
    /// The secret; it cannot be had again.
    #[schema(example = "hc_Zr0wq…")]
    token: String,
    /// When it was made.
    created: Timestamp,
}

/// What a thing is to be called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Named {
    /// The name.
    #[schema(example = "Node-RED")]
    pub(super) name: String,
}

/// All tokens
#[utoipa::path(get, path = "/api/v1/tokens", tag = "session", operation_id = "tokens",
    responses((status = 200, body = Vec<ApiToken>), Usual))]
pub(in crate::web) async fn list(State(web): State<Arc<Web>>, _owner: Owner) -> Json<Vec<ApiToken>> {
    let tokens = web.auth.tokens().into_iter();
    Json(
        tokens
            .map(|token| ApiToken {
                id: token.id,
                name: token.name,
                created: token.created,
                last_used: token.last_used,
            })
            .collect(),
    )
}

/// Make a token
#[utoipa::path(post, path = "/api/v1/tokens", tag = "session", operation_id = "create_token", request_body = Named,
    responses((status = 201, body = NewToken), Usual, Unchanged))]
pub(in crate::web) async fn create(
    State(web): State<Arc<Web>>,
    _owner: Owner,
    Json(named): Json<Named>,
) -> Result<(StatusCode, Json<NewToken>), ApiError> {
    let (info, token) = web.auth.add_token(extract::name(&named.name)?).await?;
    let new = NewToken { id: info.id, name: info.name, token, created: info.created };
    Ok((StatusCode::CREATED, Json(new)))
}

/// Take a token away
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "session", operation_id = "remove_token",
    params(("id" = String, Path, description = "The token")),
    responses((status = 204, description = "It is good no longer"), Usual, Missing, Unchanged))]
pub(in crate::web) async fn remove(
    State(web): State<Arc<Web>>,
    _owner: Owner,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    web.auth.remove_token(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
