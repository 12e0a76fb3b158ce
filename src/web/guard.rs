//! What every request has to pass, and what every response carries, against attacks through a browser.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Web;
use super::error::ApiError;
use super::request::Transport;

/// Everything comes from the hub itself; a live connection back to it is allowed.
const POLICY: &str = "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const HEADERS: &[(&str, &str)] = &[
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(self), payment=(), usb=()"),
];

/// For a month from the last visit a browser comes encrypted only. Not for a certificate that it does not
/// trust: it would let nobody in any more who has to click a warning away.
const STRICT_TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=2592000");

/// Adds the headers that tell a browser what the panel may do.
pub(super) async fn harden(State(web): State<Arc<Web>>, request: Request, next: Next) -> Response {
    let encrypted = is_encrypted(request.extensions());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if encrypted && web.encryption.as_ref().is_some_and(|encryption| !encryption.is_self_signed()) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT);
    }
    for (name, value) in HEADERS {
        // A route may be stricter.
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    // Answers of the API are about the home as it is now, and not for other people of the same browser.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The names under which the hub may be spoken to, besides addresses and names that only a LAN has.
#[derive(Debug, Clone, Default)]
pub(super) struct Hosts(BTreeSet<String>);

impl Hosts {
    pub(super) fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().map(|name| name.trim_end_matches('.').to_ascii_lowercase()).collect())
    }

    /// Whether a `Host` header names this hub. A page of somebody else that rebinds its own name to the
    /// hub's address sends that name, which is none of these.
    fn allow(&self, host: &str) -> bool {
        let name = without_port(host).trim_end_matches('.').to_ascii_lowercase();
        if name.parse::<IpAddr>().is_ok() || name == "localhost" || self.0.contains(&name) {
            return true;
        }
        // Multicast DNS and the home network's own domain (RFC 6762, RFC 8375) cannot be registered.
        [".localhost", ".local", ".home.arpa"].iter().any(|ending| name.ends_with(ending))
    }
}

fn without_port(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    host.split(':').next().unwrap_or_default()
}

/// Whether the host part of a header is this machine itself.
pub(super) fn is_loopback(headers: &HeaderMap) -> bool {
    let Some(host) = host(headers) else { return false };
    let name = without_port(host);
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

pub(super) fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

/// Refuses names that are not the hub's, and changes that another page sends.
pub(super) async fn check(State(web): State<Arc<Web>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    // A bearer token is proof enough: no foreign page has it.
    let by_token = headers.contains_key(header::AUTHORIZATION);
    let exposed = request.extensions().get() == Some(&Transport::Exposed);
    let probe = matches!(request.uri().path(), "/healthz" | "/readyz");
    if !by_token && !probe {
        match host(headers) {
            Some(host) if web.hosts.allow(host) => {}
            _ => return wrong_host().into_response(),
        }
        let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        if exposed && reads {
            return encrypted_instead(&request);
        }
        if !reads && !same_origin(headers) {
            return wrong_origin().into_response();
        }
    }
    if exposed && !probe {
        let message = "this hub is spoken to encrypted only: use https://";
        return ApiError::forbidden("not_encrypted", message).into_response();
    }
    next.run(request).await
}

/// Sends a browser to the same page, encrypted. The host was checked before.
fn encrypted_instead(request: &Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let host = host(request.headers()).unwrap_or_default();
    axum::response::Redirect::permanent(&format!("https://{host}{path}")).into_response()
}

/// Whether the hub itself encrypts the connection of a request.
pub(super) fn is_encrypted(extensions: &Extensions) -> bool {
    extensions.get() == Some(&Transport::Encrypted)
}

fn wrong_host() -> ApiError {
    let message = "the Host header names another machine; open the hub by its address, or by a name that is \
                   configured in web.public_url";
    ApiError::new(StatusCode::MISDIRECTED_REQUEST, "wrong_host", message)
}

pub(super) fn wrong_origin() -> ApiError {
    ApiError::forbidden("wrong_origin", "the request comes from a page that is not the hub's own")
}

/// Whether `Origin` is absent or names the same host and port as `Host`.
fn same_origin(headers: &HeaderMap) -> bool {
    headers.get(header::ORIGIN).is_none() || is_own_origin(headers)
}

/// Whether `Origin` is there and names the same host and port as `Host`.
pub(super) fn is_own_origin(headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
    let Some((scheme, rest)) = origin.and_then(|origin| origin.split_once("://")) else { return false };
    matches!(scheme, "http" | "https") && host(headers).is_some_and(|host| host.eq_ignore_ascii_case(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_names_are_allowed() {
        let hosts = Hosts::new(["Hub.Example.org".to_owned()]);
        for good in [
            "192.168.1.7",
            "192.168.1.7:8080",
            "[fd00::1]:8080",
            "localhost:8080",
            "homeclaw.local",
            "hub.home.arpa:80",
            "HUB.example.ORG",
            "hub.example.org.",
        ] {
            assert!(hosts.allow(good), "{good}");
        }
        for bad in
            ["evil.example", "evil.example:8080", "local", "evil.local.example", "", "127.0.0.1.evil.example"]
        {
            assert!(!hosts.allow(bad), "{bad}");
        }
    }

    #[test]
    fn an_origin_is_own_only_with_the_same_port() {
        let check = |host: &str, origin: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            headers.insert(header::ORIGIN, origin.parse().unwrap());
            is_own_origin(&headers)
        };
        assert!(check("homeclaw.local:8080", "http://homeclaw.local:8080"));
        assert!(check("homeclaw.local", "https://homeclaw.local"));
        assert!(!check("homeclaw.local:8080", "http://homeclaw.local"));
        assert!(!check("homeclaw.local", "http://evil.example"));
        assert!(!check("homeclaw.local", "null"));
        assert!(!check("homeclaw.local", "file://homeclaw.local"));
    }
}
