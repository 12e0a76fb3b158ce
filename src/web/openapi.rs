//! The API's description. The routes describe themselves; what they share is here.

use std::collections::BTreeMap;

use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify, OpenApi as _};

use super::error::ErrorBody;
use super::{examples, router, ws};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Homeclaw",
        description = "The hub's API: everything that the panel can do. Errors are always \
            `{\"error\": {\"code\", \"message\", \"request_id\"}}`. With the session cookie every request but GET needs \
            the header `X-CSRF-Token` with the `csrf` of `GET /api/v1/session`; with a token it does not.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(ErrorBody, ws::FromClient, ws::ToClient)),
    modifiers(&Shared),
    security(("token" = []), ("session" = [])),
    tags(
        (name = "session", description = "Who may use the hub"),
        (name = "home", description = "The home, its devices and its rooms"),
        (name = "conversation", description = "Speaking with the hub"),
        (name = "timers", description = "Kitchen timers"),
        (name = "lists", description = "Shopping and to-do lists"),
        (name = "live", description = "State as it happens"),
        (name = "inside", description = "How the hub is"),
    )
)]
pub(super) struct Api;

/// What every route refers to.
struct Shared;

impl Modify for Shared {
    fn modify(&self, openapi: &mut OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("token", token);
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("homeclaw_session")));
        components.add_security_scheme("session", cookie);
        let errors = ERRORS.iter().map(|(_, name, text)| ((*name).to_owned(), response(text).into()));
        components.responses.extend(errors);
    }
}

/// The whole document.
#[must_use]
pub fn document() -> OpenApi {
    let mut document = router::routes().split_for_parts().1;
    examples::add(&mut document);
    document
}

/// The empty document that routes are added to.
pub(super) fn base() -> OpenApi {
    Api::openapi()
}

type Responses = BTreeMap<String, RefOr<Response>>;

/// Every error by its name in the document.
const ERRORS: &[(u16, &str, &str)] = &[
    (400, "BadRequest", "The request is not well-formed"),
    (401, "Unauthenticated", "Nobody is logged in, or the password or the code is wrong"),
    (403, "Forbidden", "The CSRF token or the origin is wrong, or a token may not do this"),
    (404, "NotFound", "There is no such thing"),
    (422, "Invalid", "It is not possible"),
    (429, "TooManyAttempts", "Too many logins failed; the header Retry-After says how many seconds to wait"),
    (503, "Busy", "The hub is stopping or busy"),
    (507, "NotSaved", "It could not be saved, so nothing was changed"),
];

fn response(description: &str) -> Response {
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorBody"))).build();
    ResponseBuilder::new().description(description).content("application/json", body).build()
}

fn errors(statuses: &[u16]) -> Responses {
    let wanted = ERRORS.iter().filter(|(status, ..)| statuses.contains(status));
    wanted.map(|(status, name, _)| (status.to_string(), Ref::from_response_name(*name).into())).collect()
}

/// Errors of every request that needs somebody to be logged in.
pub(super) struct Usual;

impl IntoResponses for Usual {
    fn responses() -> Responses {
        errors(&[400, 401, 403, 503])
    }
}

/// Errors of requests about one thing.
pub(super) struct Missing;

impl IntoResponses for Missing {
    fn responses() -> Responses {
        errors(&[404])
    }
}

/// Errors of requests that change something.
pub(super) struct Unchanged;

impl IntoResponses for Unchanged {
    fn responses() -> Responses {
        errors(&[422, 507])
    }
}

/// Errors of logging in.
pub(super) struct LoginErrors;

impl IntoResponses for LoginErrors {
    fn responses() -> Responses {
        errors(&[400, 401, 429, 503])
    }
}
