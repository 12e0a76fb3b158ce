//! What goes with every request: its id, its line in the log, its figures, its time limit.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::Web;
use super::auth::random_hex;
use super::error::{ApiError, ErrorCode};

/// Ties a client's request to the log lines of the hub.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Longer than any request may take: a device has 1.5 s to confirm, a disk some more.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// What is under way when the hub is asked to stop has this much longer: well within the server's own deadline.
const LAST_MOMENT: Duration = Duration::from_millis(300);

/// Where a request came from; put there by the server for each connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// How a request came; put there by the server for each connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Encrypted by the hub itself.
    Encrypted,
    /// As plain text, where nobody on the way could listen or nothing is encrypted anyway.
    Plain,
    /// As plain text over the network, although the hub encrypts.
    Exposed,
}

/// Runs through the log and the errors of one request.
#[derive(Debug, Clone)]
pub(super) struct RequestId(Arc<str>);

tokio::task_local! {
    static CURRENT: RequestId;
}

impl RequestId {
    /// The client's own when it is sane, else a new one.
    fn of(request: &Request) -> Self {
        let own = request.headers().get(HEADER).and_then(|value| value.to_str().ok());
        match own.filter(|text| Self::is_sane(text)) {
            Some(text) => Self(Arc::from(text)),
            None => Self(Arc::from(random_hex::<8>())),
        }
    }

    /// Only what can neither break a log line nor fill it.
    fn is_sane(text: &str) -> bool {
        (8..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    }

    /// The id of the request that the caller is part of; empty outside of one.
    pub(super) fn current() -> String {
        CURRENT.try_with(|id| id.0.to_string()).unwrap_or_default()
    }
}

/// The outermost layer: names the request, limits its time, counts it and writes its line.
pub(super) async fn observe(State(web): State<Arc<Web>>, mut request: Request, next: Next) -> Response {
    let id = RequestId::of(&request);
    let method = request.method().clone();
    // The pattern, never the path itself: ids and query strings stay out of the log and the metrics.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("other", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", request_id = %id.0, channel = tracing::field::Empty);
    // Whoever recognises the caller fills in the channel.
    request.extensions_mut().insert(span.clone());

    let begun = Instant::now();
    let limited = async {
        tokio::select! {
            biased;
            response = next.run(request) => response,
            error = cut_short(&web) => error.into_response(),
        }
    };
    let mut response = CURRENT.scope(id.clone(), limited).instrument(span.clone()).await;

    let took = begun.elapsed();
    let status = response.status();
    web.metrics.request(&method, status, took);
    let error_code = response.extensions().get::<ErrorCode>().map(|code| code.0);
    let duration_ms = took.as_secs_f64() * 1_000.0;
    span.in_scope(|| {
        if status.is_server_error() {
            tracing::warn!(%method, route, status = status.as_u16(), duration_ms, error_code, "request failed");
        } else {
            tracing::debug!(%method, route, status = status.as_u16(), duration_ms, error_code, "request");
        }
    });
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// Ends when a request has to, and says why.
async fn cut_short(web: &Web) -> ApiError {
    let stopped = async {
        web.stopping.cancelled().await;
        tokio::time::sleep(LAST_MOMENT).await;
    };
    tokio::select! {
        () = tokio::time::sleep(TIME_LIMIT) => {
            let message = "the request took too long; it may still have had an effect";
            ApiError::new(StatusCode::GATEWAY_TIMEOUT, "timeout", message)
        }
        () = stopped => {
            let message = "the hub is stopping; the request may still have had an effect";
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", message)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sane_ids_are_taken_over() {
        for good in ["4f1c2a9b", "trace-1_A-00000000"] {
            assert!(RequestId::is_sane(good), "{good}");
        }
        for bad in ["", "short", "has space 123", "line\nbreak1", &"a".repeat(65), "ünïcödé12"] {
            assert!(!RequestId::is_sane(bad), "{bad}");
        }
    }
}
