//! Recognising who asks, from a request's headers.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use subtle::ConstantTimeEq as _;

use crate::model::Channel;
use crate::web::Web;
use crate::web::error::ApiError;
use crate::web::request::Peer;

use super::{Principal, SESSION_LIFE};

const COOKIE: &str = "homeclaw_session";
const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");

/// Somebody who may use the home.
#[derive(Debug, Clone)]
pub(in crate::web) struct Caller(pub(in crate::web) Principal);

/// Somebody who may also change who may use it: the owner at a browser, or at the machine itself.
#[derive(Debug, Clone)]
pub(in crate::web) struct Owner(pub(in crate::web) Principal);

impl Caller {
    /// What the caller speaks through.
    pub(in crate::web) const fn channel(&self) -> Channel {
        match self.0 {
            Principal::Session { .. } => Channel::Panel,
            Principal::Token { .. } => Channel::Api,
            Principal::Cli => Channel::Cli,
        }
    }

    /// Who it is, as far as the hub knows.
    pub(in crate::web) fn sender(&self) -> Option<String> {
        match &self.0 {
            Principal::Token { name, .. } => Some(name.clone()),
            Principal::Session { .. } | Principal::Cli => None,
        }
    }
}

impl FromRequestParts<Arc<Web>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, ApiError> {
        let principal = recognise(&parts.headers, web).ok_or_else(ApiError::unauthenticated)?;
        if let Principal::Session { csrf, .. } = &principal
            && !matches!(parts.method, Method::GET | Method::HEAD)
        {
            let sent = parts.headers.get(CSRF).map(HeaderValue::as_bytes).unwrap_or_default();
            if !bool::from(sent.ct_eq(csrf.as_bytes())) {
                let message = "send the csrf value of GET /api/v1/session in the header X-CSRF-Token";
                return Err(ApiError::forbidden("wrong_csrf", message));
            }
        }
        let caller = Self(principal);
        note(parts, &caller);
        Ok(caller)
    }
}

impl FromRequestParts<Arc<Web>> for Owner {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, ApiError> {
        let Caller(principal) = Caller::from_request_parts(parts, web).await?;
        if matches!(principal, Principal::Token { .. }) {
            let message = "a token may not do this; log in at the panel, or use the command line on the hub";
            return Err(ApiError::forbidden("owner_only", message));
        }
        Ok(Self(principal))
    }
}

/// Fills in the request's log line.
fn note(parts: &Parts, caller: &Caller) {
    if let Some(span) = parts.extensions.get::<tracing::Span>() {
        let channel = match caller.channel() {
            Channel::Panel => "panel",
            Channel::Cli => "cli",
            _ => "api",
        };
        span.record("channel", channel);
    }
}

/// A token goes before a cookie; a wrong one is not made good by a right cookie.
pub(in crate::web) fn recognise(headers: &HeaderMap, web: &Web) -> Option<Principal> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then(|| web.auth.token(token.trim())).flatten();
    }
    web.auth.session(cookie(headers)?)
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
}

/// The cookie that begins a session, or with an empty secret ends it.
pub(in crate::web) fn session_cookie(secret: &str, secure: bool) -> Result<HeaderValue, ApiError> {
    let age = if secret.is_empty() { 0 } else { SESSION_LIFE.as_secs() };
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!(
        "{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}"
    ))
    .map_err(|error| ApiError::internal(error.to_string()))
}

/// Whether cookies of the answer may be marked for encrypted connections only.
#[derive(Debug, Clone, Copy)]
pub(in crate::web) struct Secure(pub(in crate::web) bool);

impl FromRequestParts<Arc<Web>> for Secure {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, Self::Rejection> {
        Ok(Self(web.is_secure(&parts.headers, &parts.extensions)))
    }
}

/// Where the request came from.
#[derive(Debug, Clone, Copy)]
pub(in crate::web) struct Address(pub(in crate::web) IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<Peer>().map(|peer| peer.0.ip());
        // Without a connection (tests) everybody is one stranger.
        Ok(Self(peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))))
    }
}
