//! The one error that leaves by HTTP, and the one place where domain errors become it.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::hub::HubError;
use crate::model::IdError;
use crate::store::StoreError;

use super::request::RequestId;

/// What a client learns of an error.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ErrorBody {
    /// The error.
    pub(super) error: ErrorDetail,
}

/// An error for programs (`code`) and for people (`message`).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ErrorDetail {
    /// Never changes for the same kind of error.
    #[schema(example = "not_found")]
    pub(super) code: &'static str,
    /// What is wrong, and what to do.
    #[schema(example = "there is no entity \"light.attic\"")]
    pub(super) message: String,
    /// More for programs, where there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(super) details: Option<Value>,
    /// Find the request in the log by it.
    #[schema(example = "4f1c2a9be07d3355")]
    pub(super) request_id: String,
}

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    details: Option<Box<Value>>,
    retry_after: Option<Duration>,
}

/// The code of an error, left on the response for the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct ErrorCode(pub(super) &'static str);

impl ApiError {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: None, retry_after: None }
    }

    pub(super) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// Well-formed, but not possible.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", message)
    }

    pub(super) fn not_found(kind: &str, id: &str) -> Self {
        let id: String = id.chars().take(80).collect();
        let mut error = Self::new(StatusCode::NOT_FOUND, "not_found", format!("there is no {kind} {id:?}"));
        error.details = Some(Box::new(serde_json::json!({ "kind": kind, "id": id })));
        error
    }

    pub(super) fn unauthenticated() -> Self {
        let message = "log in at the panel, or send Authorization: Bearer hc_… with a token made there";
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", message)
    }

    pub(super) fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    pub(super) fn too_many_attempts(wait: Duration) -> Self {
        let seconds = wait.as_secs().max(1);
        let message = format!("too many failed logins; wait {seconds} s");
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", message);
        error.retry_after = Some(Duration::from_secs(seconds));
        error
    }

    pub(super) fn busy(message: impl Into<String>) -> Self {
        let mut error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message);
        error.retry_after = Some(Duration::from_secs(1));
        error
    }

    /// Something that should not happen; the message must hold no secret.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
    }

    /// The words for a person.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// The kind for a program.
    pub(super) const fn code(&self) -> &'static str {
        self.code
    }
}

impl From<HubError> for ApiError {
    fn from(error: HubError) -> Self {
        match error {
            HubError::NotFound { kind, id } => Self::not_found(kind, &id),
            HubError::Invalid(message) => Self::invalid(message),
            HubError::Busy(_) => Self::busy(error.to_string()),
            HubError::Stopping => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "the hub is stopping")
            }
            HubError::Storage(_) => {
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "not_saved", error.to_string())
            }
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy(_) => Self::busy(error.to_string()),
            StoreError::Closed => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "the hub is stopping")
            }
            StoreError::Full { .. } => {
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "not_saved", error.to_string())
            }
            other => Self::internal(other.to_string()),
        }
    }
}

impl From<IdError> for ApiError {
    fn from(error: IdError) -> Self {
        Self::bad_request("bad_id", error.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorBody {
            error: ErrorDetail {
                code: self.code,
                message: self.message,
                details: self.details.map(|details| *details),
                request_id: RequestId::current(),
            },
        };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs()));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response.extensions_mut().insert(ErrorCode(self.code));
        response
    }
}
