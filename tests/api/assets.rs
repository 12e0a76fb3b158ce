//! The panel's files.

use std::path::Path;

use axum::body::Body;
use axum::http::{Request, header};

use crate::support::{As, TestApi};

fn dist() -> Option<std::path::PathBuf> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/dist");
    dist.join("index.html").exists().then_some(dist)
}

#[tokio::test]
async fn pages_of_the_panel_are_the_panel() {
    let api = TestApi::start().await;
    let root = api.ask(&As::Nobody, "GET", "/", None).await;
    assert_eq!(root.status, 200);
    assert!(root.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
    for page in ["/login", "/rooms/kitchen", "/settings"] {
        assert_eq!(api.ask(&As::Nobody, "GET", page, None).await.text(), root.text(), "{page}");
    }
    match dist() {
        Some(dist) => assert_eq!(root.text(), std::fs::read_to_string(dist.join("index.html")).unwrap()),
        None => assert!(root.text().contains("make web"), "{}", root.text()),
    }
    api.ask(&As::Nobody, "GET", "/assets/nothing-1234.js", None).await.refused(404, "not_found");
    api.ask(&As::Nobody, "GET", "/../Cargo.toml", None).await.refused(404, "not_found");
    api.ask(&As::Nobody, "GET", "/%2e%2e/Cargo.toml", None).await.refused(404, "not_found");
}

#[tokio::test]
async fn built_files_are_packed_and_kept() {
    let Some(dist) = dist() else {
        eprintln!("left out: the panel is not built; run `make web`");
        return;
    };
    let api = TestApi::start().await;
    let files = std::fs::read_dir(dist.join("assets")).unwrap().map(|entry| entry.unwrap().file_name());
    let scripts = files.filter_map(|name| name.into_string().ok()).filter(|name| name.ends_with(".js"));
    for name in scripts {
        let get = |encoding: &'static str, tag: Option<String>| {
            let mut request =
                Request::get(format!("/assets/{name}")).header(header::ACCEPT_ENCODING, encoding);
            if let Some(tag) = tag {
                request = request.header(header::IF_NONE_MATCH, tag);
            }
            api.send(request.body(Body::empty()).unwrap())
        };
        let plain = get("identity", None).await;
        assert_eq!(plain.body, std::fs::read(dist.join("assets").join(&name)).unwrap());
        assert!(plain.headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        let packed = get("gzip, br", None).await;
        if dist.join("assets").join(format!("{name}.br")).exists() {
            assert_eq!(packed.headers[header::CONTENT_ENCODING], "br");
            assert!(packed.body.len() < plain.body.len());
            assert_ne!(packed.headers[header::ETAG], plain.headers[header::ETAG]);
        }
        let tag = packed.headers[header::ETAG].to_str().unwrap().to_owned();
        assert_eq!(get("gzip, br", Some(tag)).await.status, 304);
    }
}
