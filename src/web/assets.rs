//! The panel: what Vite built into `web/dist`, inside the binary (read from the folder in debug builds).

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use rust_embed::RustEmbed;

use super::Web;
use super::error::ApiError;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/web/dist"]
#[allow_missing = true]
struct Dist;

/// What `/` says when the binary was built without the panel.
const WITHOUT_PANEL: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Homeclaw</title>\
    <h1>Homeclaw runs</h1><p>This program was built without its panel. Run <code>make web</code> and build it \
    again. The API is at <a href=\"/api/v1/openapi.json\">/api/v1</a>.</p></html>";

/// One file in its encodings.
struct Asset {
    kind: HeaderValue,
    /// Its name holds a hash of its content, so that it never changes.
    immutable: bool,
    /// From the smallest to the plain one.
    forms: Vec<Form>,
}

struct Form {
    encoding: Option<&'static str>,
    etag: HeaderValue,
    body: Bytes,
}

/// All files, by their path without the first slash.
pub(super) struct Assets(HashMap<String, Asset>);

impl Assets {
    /// Takes what is in the binary; bodies are not copied.
    pub(super) fn load() -> Self {
        let mut files = HashMap::new();
        for path in Dist::iter().filter(|path| !path.ends_with(".br") && !path.ends_with(".gz")) {
            let forms: Vec<_> = [("br", ".br"), ("gzip", ".gz")]
                .into_iter()
                .filter_map(|(encoding, ending)| form(&format!("{path}{ending}"), Some(encoding)))
                .chain(form(&path, None))
                .collect();
            let immutable = path.starts_with("assets/");
            files.insert(path.to_string(), Asset { kind: kind(&path), immutable, forms });
        }
        Self(files)
    }

    /// Whether the panel is there.
    pub(super) fn has_panel(&self) -> bool {
        self.0.contains_key("index.html")
    }
}

fn form(path: &str, encoding: Option<&'static str>) -> Option<Form> {
    let file = Dist::get(path)?;
    let hash = file.metadata.sha256_hash().iter().take(12).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let body = match file.data {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
    };
    Some(Form { encoding, etag: HeaderValue::from_str(&format!("\"{hash}\"")).ok()?, body })
}

fn kind(path: &str) -> HeaderValue {
    HeaderValue::from_static(match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    })
}

/// Everything that is no route of the API: a file of the panel, or its page for a path of its own.
pub(super) async fn serve(State(web): State<Arc<Web>>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return ApiError::not_found("path", request.uri().path()).into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    if let Some(asset) = web.assets.0.get(path) {
        return answer(asset, request.headers());
    }
    // A path with an ending is a file that is not there; anything else is a page of the panel.
    let is_page = !path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    match web.assets.0.get("index.html") {
        Some(page) if is_page => answer(page, request.headers()),
        None if is_page && !web.assets.has_panel() => {
            let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
            (StatusCode::OK, kind, WITHOUT_PANEL).into_response()
        }
        _ => ApiError::not_found("path", request.uri().path()).into_response(),
    }
}

fn answer(asset: &Asset, headers: &HeaderMap) -> Response {
    let Some(form) = asset.forms.iter().find(|form| form.encoding.is_none_or(|name| accepts(headers, name)))
    else {
        return StatusCode::NOT_ACCEPTABLE.into_response();
    };
    let unchanged =
        headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).is_some_and(|tags| {
            tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == form.etag)
        });
    let mut response =
        if unchanged { StatusCode::NOT_MODIFIED.into_response() } else { form.body.clone().into_response() };
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, asset.kind.clone());
    answer.insert(header::ETAG, form.etag.clone());
    answer.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    let caching = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Some(encoding) = form.encoding {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// Whether `Accept-Encoding` names an encoding and does not rule it out.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let weight = parts.find_map(|part| part.strip_prefix("q=")).and_then(|q| q.parse::<f32>().ok());
        named && weight.unwrap_or(1.0) > 0.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(accept: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, accept.parse().unwrap())])
    }

    #[test]
    fn encodings_are_chosen_by_what_the_browser_takes() {
        assert!(accepts(&headers("gzip, deflate, br"), "br"));
        assert!(accepts(&headers("BR;q=0.5"), "br"));
        assert!(!accepts(&headers("gzip, br;q=0"), "br"));
        assert!(!accepts(&HeaderMap::new(), "gzip"));
    }

    #[test]
    fn a_form_that_the_browser_has_is_not_sent_again() {
        let form = |encoding, etag: &'static str, body: &'static [u8]| Form {
            encoding,
            etag: HeaderValue::from_static(etag),
            body: Bytes::from_static(body),
        };
        let asset = Asset {
            kind: kind("assets/a-1234.js"),
            immutable: true,
            forms: vec![form(Some("br"), "\"b\"", b"packed"), form(None, "\"a\"", b"plain")],
        };
        let plain = answer(&asset, &HeaderMap::new());
        assert_eq!(plain.status(), StatusCode::OK);
        assert_eq!(plain.headers()[header::ETAG], "\"a\"");
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
        let packed = answer(&asset, &headers("br"));
        assert_eq!(packed.headers()[header::CONTENT_ENCODING], "br");
        assert!(packed.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        let mut again = headers("br");
        again.insert(header::IF_NONE_MATCH, "\"x\", W/\"b\"".parse().unwrap());
        assert_eq!(answer(&asset, &again).status(), StatusCode::NOT_MODIFIED);
    }
}
