//! What attacks through a browser meet.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::json;

use crate::support::{As, TestApi};

fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path)
}

#[tokio::test]
async fn a_cookie_alone_changes_nothing() {
    let api = TestApi::start().await;
    let As::Browser(cookie, csrf) = api.browser().await else { unreachable!() };
    let area = || Some(json!({"name": "Kitchen"}));
    let bare = As::Browser(cookie.clone(), None);
    api.ask(&bare, "GET", "/api/v1/areas", None).await.expect(200);
    api.ask(&bare, "POST", "/api/v1/areas", area()).await.refused(403, "wrong_csrf");
    let wrong = As::Browser(cookie.clone(), Some("wrong".into()));
    api.ask(&wrong, "POST", "/api/v1/areas", area()).await.refused(403, "wrong_csrf");
    api.ask(&As::Browser(cookie, csrf), "POST", "/api/v1/areas", area()).await.expect(201);
}

#[tokio::test]
async fn another_page_changes_nothing() {
    let api = TestApi::start().await;
    let log_in = |origin: &str| {
        let request = request("POST", "/api/v1/session").header(header::CONTENT_TYPE, "application/json");
        let request = request.header(header::ORIGIN, origin).body(Body::from(r#"{"password":"x"}"#)).unwrap();
        api.send(request)
    };
    for origin in ["http://evil.example", "null", "http://192.168.1.20", "http://192.168.1.20:9090"] {
        log_in(origin).await.refused(403, "wrong_origin");
    }
    log_in("http://192.168.1.20:8080").await.refused(401, "wrong_password");
    log_in("https://192.168.1.20:8080").await.refused(401, "wrong_password");
}

#[tokio::test]
async fn a_form_cannot_pass_for_json() {
    let api = TestApi::start().await;
    let request = request("POST", "/api/v1/session").header(header::CONTENT_TYPE, "text/plain");
    let answer = api.send(request.body(Body::from(r#"{"password":"x"}"#)).unwrap()).await;
    answer.refused(415, "not_json");
}

#[tokio::test]
async fn rebound_names_are_refused() {
    let api = TestApi::start().await;
    let ask = |host: &'static str, path: &'static str| {
        api.send(request("GET", path).header(header::HOST, host).body(Body::empty()).unwrap())
    };
    ask("evil.example:8080", "/api/v1/session").await.refused(421, "wrong_host");
    ask("evil.example:8080", "/").await.refused(421, "wrong_host");
    ask("evil.example:8080", "/metrics").await.refused(421, "wrong_host");
    for host in ["homeclaw.local:8080", "[fd00::1]:8080", "home.example.org", "hub:8080"] {
        ask(host, "/api/v1/session").await.expect(200);
    }
    // A probe in a container names it as it likes, and learns nothing.
    ask("evil.example", "/healthz").await.expect(200);
    // A token is no page's.
    let with_token = request("GET", "/api/v1/states")
        .header(header::HOST, "evil.example")
        .header(header::AUTHORIZATION, format!("Bearer {}", api.cli_token()));
    api.send(with_token.body(Body::empty()).unwrap()).await.expect(200);
}

#[tokio::test]
async fn every_answer_tells_the_browser_what_is_allowed() {
    let api = TestApi::start().await;
    for path in ["/", "/healthz", "/api/v1/session", "/api/v1/nothing"] {
        let headers = api.ask(&As::Nobody, "GET", path, None).await.headers;
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'self';") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
        assert!(headers.contains_key("permissions-policy"));
    }
    let session = api.ask(&As::Nobody, "GET", "/api/v1/session", None).await;
    assert_eq!(session.headers[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn request_ids_are_taken_over_only_when_sane() {
    let api = TestApi::start().await;
    let id = |id: &'static str| {
        let request = request("GET", "/healthz").header("x-request-id", id).body(Body::empty()).unwrap();
        let api = &api;
        async move { api.send(request).await.headers["x-request-id"].to_str().unwrap().to_owned() }
    };
    assert_eq!(id("my-request-0001").await, "my-request-0001");
    let made = id("<script>alert(1)</script>").await;
    assert!(made.len() == 16 && made.bytes().all(|byte| byte.is_ascii_hexdigit()), "{made}");
    assert_ne!(id("x").await, id("x").await);
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let api = TestApi::start().await;
    let text = "x".repeat(70_000);
    api.post("/api/v1/conversation", json!({"text": text})).await.refused(413, "too_large");
    let deep = "[".repeat(10_000);
    let request = request("POST", "/api/v1/conversation")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {}", api.cli_token()));
    api.send(request.body(Body::from(deep)).unwrap()).await.refused(400, "bad_json");
}

#[tokio::test]
async fn no_path_leads_out_of_the_panel() {
    let api = TestApi::start().await;
    for path in [
        "/../Cargo.toml",
        "/assets/../../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/..%2f..%2fetc%2fpasswd.txt",
        "//etc/passwd.txt",
        "/assets/%00.js",
    ] {
        let answer = api.ask(&As::Nobody, "GET", path, None).await;
        answer.refused(404, "not_found");
    }
    // What is no file is a page of the panel's own, whatever it is called.
    let page = api.ask(&As::Nobody, "GET", "/etc/passwd", None).await;
    assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"), "{}", page.text());
    for path in ["/api/v1/entities/..%2f..%2fetc/picture", "/api/v1/areas/%2e%2e"] {
        assert_eq!(api.ask(&As::Cli, "DELETE", path, None).await.status.as_u16() / 100, 4, "{path}");
    }
}

#[tokio::test]
async fn a_wrong_token_is_not_made_good_by_a_cookie() {
    let api = TestApi::start().await;
    let As::Browser(cookie, _) = api.browser().await else { unreachable!() };
    for value in ["Bearer hc_wrong", "Basic aGM6aGM=", "nonsense"] {
        let request = request("GET", "/api/v1/states")
            .header(header::COOKIE, format!("homeclaw_session={cookie}"))
            .header(header::AUTHORIZATION, value);
        api.send(request.body(Body::empty()).unwrap()).await.refused(401, "unauthenticated");
    }
}
