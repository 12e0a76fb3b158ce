//! `/api/v1/password`: the owner's password.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::web::Web;
use crate::web::auth::{Address, Owner, Secure};
use crate::web::error::ApiError;
use crate::web::extract::Json;
use crate::web::openapi::{LoginErrors, Unchanged, Usual};

use super::session::{self, SessionInfo};

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct NewPassword {
    /// The one before. Not needed for the first, nor within 15 minutes after a login by link.
    #[serde(default)]
    current: Option<String>,
    /// 8 characters or more.
    #[schema(example = "correct horse battery staple", min_length = 8)]
    new: String,
}

/// Set the password
///
/// Ends all other sessions.
#[utoipa::path(put, path = "/api/v1/password", tag = "session", operation_id = "set_password",
    request_body = NewPassword,
    responses(
        (status = 200, body = SessionInfo, description = "Set; a new cookie comes with it"),
        (status = 204, description = "Set, by a program that has no cookie"),
        LoginErrors, Usual, Unchanged))]
pub(in crate::web) async fn set(
    State(web): State<Arc<Web>>,
    Owner(who): Owner,
    Address(address): Address,
    secure: Secure,
    Json(password): Json<NewPassword>,
) -> Result<Response, ApiError> {
    match web.auth.set_password(address, &who, password.current, password.new).await? {
        Some(begun) => session::begun(&web, secure, begun).await,
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}
