//! Live state: every panel gets a snapshot first, then what happens, in small batches.

mod client;
mod feed;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, header};
use axum::response::Response;

use super::Web;
use super::auth::{Principal, recognise};
use super::error::ApiError;
use super::{guard, openapi};

pub(super) use client::{FromClient, ToClient};
pub(super) use feed::Feed;

/// Longest message that a client may send, in bytes.
const LONGEST: usize = 32 * 1_024;
/// So many may be connected at once.
const MOST_CLIENTS: usize = 128;
/// What is spoken; a token may be offered beside it, where a client can send no other header.
const PROTOCOL: &str = "homeclaw";

/// Live state and conversation
///
/// Upgrades to a WebSocket. The hub sends `ServerMessage`s, a `snapshot` first and then `events`; it takes
/// `ClientMessage`s. Both are among the schemas here; docs/api.md has more.
/// A browser is recognised by its cookie and has to come from the hub's own page; a program by
/// `Authorization: Bearer`, or by the subprotocols `homeclaw, hc_…`.
#[utoipa::path(get, path = "/api/v1/ws", tag = "live", operation_id = "live",
    responses((status = 101, description = "The connection speaks WebSocket now"), openapi::Usual))]
pub(super) async fn live(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let principal = offered(&headers)
        .map_or_else(|| recognise(&headers, &web), |token| web.auth.token(token))
        .ok_or_else(ApiError::unauthenticated)?;
    if matches!(principal, Principal::Session { .. }) && !guard::is_own_origin(&headers) {
        return Err(guard::wrong_origin());
    }
    let upgrade = upgrade.map_err(|error| ApiError::bad_request("no_websocket", error.body_text()))?;
    let slot =
        web.feed.slot().ok_or_else(|| ApiError::busy(format!("{MOST_CLIENTS} panels are connected")))?;
    let response = upgrade
        .protocols([PROTOCOL])
        .max_message_size(LONGEST)
        .max_frame_size(LONGEST)
        .read_buffer_size(4 * 1_024)
        .on_upgrade(move |socket| client::serve(socket, web, principal, slot));
    Ok(response)
}

/// A token among the offered subprotocols.
fn offered(headers: &HeaderMap) -> Option<&str> {
    let offers = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let mut offers = offers.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    offers.find_map(|offer| Some(offer.trim()).filter(|offer| offer.starts_with("hc_")))
}

/// One of the places for clients; given back when dropped.
#[derive(Debug)]
pub(super) struct Slot(Arc<AtomicUsize>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
