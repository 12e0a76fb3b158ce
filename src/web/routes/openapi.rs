//! `/api/v1/openapi.json`: the description of the API.

use std::sync::OnceLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use crate::web::auth::Caller;
use crate::web::error::ApiError;
use crate::web::openapi::{Usual, document};

/// The description of the API
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "inside", operation_id = "openapi",
    responses((status = 200, description = "OpenAPI 3.1", body = Object), Usual))]
pub(in crate::web) async fn get(_caller: Caller) -> Result<Response, ApiError> {
    static TEXT: OnceLock<Bytes> = OnceLock::new();
    let text = match TEXT.get() {
        Some(text) => text.clone(),
        None => {
            let text = document().to_pretty_json().map_err(|error| ApiError::internal(error.to_string()))?;
            TEXT.get_or_init(|| Bytes::from(text)).clone()
        }
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}
