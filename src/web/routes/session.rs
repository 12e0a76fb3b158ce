//! `/api/v1/session`: logging in and out.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::Timestamp;
use crate::web::Web;
use crate::web::auth::{Address, Begun, Caller, Owner, Principal, Secure, recognise, session_cookie};
use crate::web::error::ApiError;
use crate::web::extract::Json;
use crate::web::openapi::{LoginErrors, Usual};

/// Who is logged in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"authenticated": true, "user": "owner", "csrf": "sL0Jx…", "needs_password": false,
    "language": "en", "version": "0.1.0"}))]
#[schema(as = Session)]
pub(in crate::web) struct SessionInfo {
    /// Whether the request was recognised.
    authenticated: bool,
    /// `owner`, or the name of the token.
    #[schema(required)]
    user: Option<String>,
    /// What changes have to carry in `X-CSRF-Token` with this cookie.
    #[schema(required)]
    csrf: Option<String>,
    /// Whether the owner has yet to set a password.
    needs_password: bool,
    /// The hub's own language.
    language: String,
    /// The hub's version.
    version: &'static str,
}

impl SessionInfo {
    async fn new(web: &Web, who: Option<&Principal>) -> Result<Self, ApiError> {
        let language = web.handle.read(|home| home.settings.language.clone()).await?;
        let (user, csrf) = match who {
            None => (None, None),
            Some(Principal::Session { csrf, .. }) => (Some("owner".to_owned()), Some(csrf.clone())),
            Some(Principal::Token { name, .. }) => (Some(name.clone()), None),
            Some(Principal::Cli) => (Some("owner".to_owned()), None),
        };
        Ok(Self {
            authenticated: who.is_some(),
            user,
            csrf,
            needs_password: web.auth.needs_password(),
            language,
            version: env!("CARGO_PKG_VERSION"),
        })
    }
}

/// The answer to a login: who is logged in now, with the cookie.
pub(super) async fn begun(web: &Web, Secure(secure): Secure, begun: Begun) -> Result<Response, ApiError> {
    let cookie = session_cookie(&begun.secret, secure)?;
    let who = Principal::Session { hash: [0; 32], csrf: begun.csrf };
    let mut response = Json(SessionInfo::new(web, Some(&who)).await?).into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Who is logged in
#[utoipa::path(get, path = "/api/v1/session", tag = "session", operation_id = "session", security(()),
    responses((status = 200, body = SessionInfo)))]
pub(in crate::web) async fn get(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
) -> Result<Json<SessionInfo>, ApiError> {
    let who = recognise(&headers, &web);
    SessionInfo::new(&web, who.as_ref()).await.map(Json)
}

/// The owner's password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct LogIn {
    /// The password.
    #[schema(example = "correct horse battery staple")]
    password: String,
}

/// Log in with the password
#[utoipa::path(post, path = "/api/v1/session", tag = "session", operation_id = "log_in", security(()),
    request_body = LogIn,
    responses((status = 200, body = SessionInfo, description = "Logged in; the cookie comes with it"), LoginErrors))]
pub(in crate::web) async fn log_in(
    State(web): State<Arc<Web>>,
    Address(address): Address,
    secure: Secure,
    Json(login): Json<LogIn>,
) -> Result<Response, ApiError> {
    let session = web.auth.log_in(address, login.password).await?;
    begun(&web, secure, session).await
}

/// The code of a login link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct LogInByLink {
    /// What follows the `#` of the link.
    #[schema(example = "vD5JmQ2kz0bT1c8nYw3xE6hLr9A")]
    code: String,
}

/// Log in with a one-time link
///
/// The hub prints such a link when it starts without a password, and `homeclaw login-link` makes a new one.
#[utoipa::path(post, path = "/api/v1/session/link", tag = "session", operation_id = "log_in_by_link", security(()),
    request_body = LogInByLink,
    responses((status = 200, body = SessionInfo, description = "Logged in; the cookie comes with it"), LoginErrors))]
pub(in crate::web) async fn log_in_by_link(
    State(web): State<Arc<Web>>,
    Address(address): Address,
    secure: Secure,
    Json(login): Json<LogInByLink>,
) -> Result<Response, ApiError> {
    let session = web.auth.log_in_by_link(address, &login.code).await?;
    begun(&web, secure, session).await
}

/// A one-time login link.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct LoginLink {
    /// Open it in a browser, once.
    #[schema(example = "http://192.168.1.20:8080/login#vD5JmQ2kz0bT1c8nYw3xE6hLr9A")]
    url: String,
    /// Good until then.
    expires: Timestamp,
}

/// Make a one-time login link
///
/// For the owner at a browser, or at the hub itself. The link before it is good no longer.
#[utoipa::path(post, path = "/api/v1/login-links", tag = "session", operation_id = "new_login_link",
    responses((status = 201, body = LoginLink), Usual))]
pub(in crate::web) async fn new_link(
    State(web): State<Arc<Web>>,
    _owner: Owner,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<LoginLink>), ApiError> {
    let (code, expires) = web.auth.new_link()?;
    let url = web.link(&web.own_address(&headers), &code);
    Ok((StatusCode::CREATED, Json(LoginLink { url, expires })))
}

/// Log out
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", operation_id = "log_out",
    responses((status = 204, description = "Logged out"), Usual))]
pub(in crate::web) async fn log_out(
    State(web): State<Arc<Web>>,
    Caller(who): Caller,
    Secure(secure): Secure,
) -> Result<Response, ApiError> {
    if let Principal::Session { hash, .. } = &who {
        web.auth.log_out(hash).await?;
    }
    let cookie = session_cookie("", secure)?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}
