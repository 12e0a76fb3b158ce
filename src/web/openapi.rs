//! The API's description. The routes describe themselves; what they share is here.

use std::collections::BTreeMap;

use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify, OpenApi as _};

use super::error::ErrorBody;
use super::router;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Homeclaw",
        description = "The hub's API: everything that the panel can do. Errors are always \
            `{\"error\": {\"code\", \"message\", \"request_id\"}}`. With the session cookie every request but GET needs \
            the header `X-CSRF-Token` with the `csrf` of `GET /api/v1/session`; with a token it does not.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(ErrorBody)),
    modifiers(&Security),
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

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("token", token);
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("homeclaw_session")));
        components.add_security_scheme("session", cookie);
    }
}

/// The whole document.
#[must_use]
pub fn document() -> OpenApi {
    router::routes().split_for_parts().1
}

/// The empty document that routes are added to.
pub(super) fn base() -> OpenApi {
    Api::openapi()
}

type Responses = BTreeMap<String, RefOr<Response>>;

fn errors(errors: &[(u16, &str)]) -> Responses {
    let response = |description: &str| {
        let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorBody"))).build();
        ResponseBuilder::new().description(description).content("application/json", body).build()
    };
    errors.iter().map(|(status, text)| (status.to_string(), RefOr::T(response(text)))).collect()
}

/// Errors of every request that needs somebody to be logged in.
pub(super) struct Usual;

impl IntoResponses for Usual {
    fn responses() -> Responses {
        errors(&[
            (400, "The request is not well-formed"),
            (401, "Nobody is logged in"),
            (403, "The CSRF token or the origin is wrong, or a token may not do this"),
            (503, "The hub is stopping or busy"),
        ])
    }
}

/// Errors of requests about one thing.
pub(super) struct Missing;

impl IntoResponses for Missing {
    fn responses() -> Responses {
        errors(&[(404, "There is no such thing")])
    }
}

/// Errors of requests that change something.
pub(super) struct Unchanged;

impl IntoResponses for Unchanged {
    fn responses() -> Responses {
        errors(&[(422, "It is not possible"), (507, "It could not be saved, so nothing was changed")])
    }
}

/// Errors of logging in.
pub(super) struct LoginErrors;

impl IntoResponses for LoginErrors {
    fn responses() -> Responses {
        errors(&[
            (400, "The request is not well-formed"),
            (401, "The password or the code is wrong"),
            (429, "Too many attempts; the header Retry-After says how many seconds to wait"),
        ])
    }
}
