//! `/metrics`: figures for Prometheus.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use crate::web::auth::{Address, recognise};
use crate::web::error::ApiError;
use crate::web::openapi::Usual;
use crate::web::{Web, guard};

/// Figures for Prometheus
///
/// For anybody on the hub itself; from elsewhere a token is needed.
#[utoipa::path(get, path = "/metrics", tag = "inside", operation_id = "metrics",
    responses((status = 200, body = String, content_type = "application/openmetrics-text"), Usual))]
pub(in crate::web) async fn get(
    State(web): State<Arc<Web>>,
    Address(address): Address,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    // A proxy on this machine is on loopback too, but passes on the name that it was asked for.
    let local = address.is_loopback() && guard::is_loopback(&headers);
    if !local && recognise(&headers, &web).is_none() {
        return Err(ApiError::unauthenticated());
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], web.metrics.0.encode()).into_response())
}
