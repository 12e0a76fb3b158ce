//! Logging in and out.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use axum::http::header;
use serde_json::json;

use crate::support::{As, TestApi};

const PASSWORD: &str = "correct horse battery";

async fn log_in(api: &TestApi, password: &str) -> crate::support::Answer {
    api.ask(&As::Nobody, "POST", "/api/v1/session", Some(json!({"password": password}))).await
}

/// Sets the first password at a browser that came by link.
async fn with_password() -> (TestApi, As) {
    let api = TestApi::start().await;
    let browser = api.browser().await;
    let answer =
        api.ask(&browser, "PUT", "/api/v1/password", Some(json!({"current": null, "new": PASSWORD}))).await;
    let csrf = answer.expect(200)["csrf"].as_str().unwrap().to_owned();
    let browser = As::Browser(answer.cookie(), Some(csrf));
    (api, browser)
}

#[tokio::test]
async fn a_stranger_learns_little() {
    let api = TestApi::start().await;
    let session = api.ask(&As::Nobody, "GET", "/api/v1/session", None).await.expect(200);
    assert_eq!(session["authenticated"], false);
    assert_eq!(session["needs_password"], true);
    assert!(session["csrf"].is_null() && session["user"].is_null());
    let cli = api.get("/api/v1/session").await.expect(200);
    assert_eq!((cli["authenticated"].as_bool(), cli["user"].as_str()), (Some(true), Some("owner")));
}

#[tokio::test]
async fn a_link_works_once_and_for_a_day() {
    let api = TestApi::start().await;
    let link = api.web.login_link("http://192.168.1.20:8080").unwrap();
    // Behind a proxy, its address is the one that works.
    let code = link.strip_prefix("https://home.example.org/login#").unwrap();
    assert!(code.len() >= 22, "128 bits at least: {code}");
    let use_link = |code: String| {
        let api = &api;
        async move { api.ask(&As::Nobody, "POST", "/api/v1/session/link", Some(json!({"code": code}))).await }
    };
    use_link("wrong".into()).await.refused(401, "wrong_code");
    use_link(code.into()).await.expect(200);
    use_link(code.into()).await.refused(401, "wrong_code");

    let old = api.web.login_link("http://hub").unwrap();
    let new = api.web.login_link("http://hub").unwrap();
    use_link(old.split('#').nth(1).unwrap().into()).await.refused(401, "wrong_code");
    api.pass(Duration::from_secs(24 * 3_600 + 1));
    use_link(new.split('#').nth(1).unwrap().into()).await.refused(401, "wrong_code");
}

#[tokio::test]
async fn the_command_line_makes_a_link_and_a_token_may_not() {
    let api = TestApi::start().await;
    let link = api.post("/api/v1/login-links", json!({})).await.expect(201);
    let code = link["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned();
    let token = api.token("program").await;
    api.ask(&token, "POST", "/api/v1/login-links", None).await.refused(403, "owner_only");
    api.ask(&As::Nobody, "POST", "/api/v1/session/link", Some(json!({"code": code}))).await.expect(200);
    let mode = std::fs::metadata(api.folder().join("cli-token")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn the_owner_sets_a_password_and_logs_in_with_it() {
    let (api, browser) = with_password().await;
    assert_eq!(api.ask(&browser, "GET", "/api/v1/session", None).await.expect(200)["needs_password"], false);
    log_in(&api, "wrong").await.refused(401, "wrong_password");
    let answer = log_in(&api, PASSWORD).await;
    let session = answer.expect(200);
    assert_eq!(session["user"], "owner");
    let other = As::Browser(answer.cookie(), session["csrf"].as_str().map(Into::into));
    api.ask(&other, "GET", "/api/v1/states", None).await.expect(200);

    let gone = api.ask(&other, "DELETE", "/api/v1/session", None).await;
    gone.expect(204);
    assert!(gone.headers[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    api.ask(&other, "GET", "/api/v1/states", None).await.refused(401, "unauthenticated");
    api.ask(&browser, "GET", "/api/v1/states", None).await.expect(200);
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_ends_other_sessions() {
    let (api, browser) = with_password().await;
    let set = |who: As, current: Option<&'static str>, new: &'static str| {
        let api = &api;
        async move {
            api.ask(&who, "PUT", "/api/v1/password", Some(json!({"current": current, "new": new}))).await
        }
    };
    set(browser.clone(), None, "another password").await.refused(403, "wrong_password");
    set(browser.clone(), Some("wrong"), "another password").await.refused(403, "wrong_password");
    set(browser.clone(), Some(PASSWORD), "short").await.refused(422, "invalid");
    let answer = set(browser.clone(), Some(PASSWORD), "another password").await;
    let csrf = answer.expect(200)["csrf"].as_str().unwrap().to_owned();
    api.ask(&browser, "GET", "/api/v1/states", None).await.refused(401, "unauthenticated");
    api.ask(&As::Browser(answer.cookie(), Some(csrf)), "GET", "/api/v1/states", None).await.expect(200);
    log_in(&api, PASSWORD).await.refused(401, "wrong_password");
    log_in(&api, "another password").await.expect(200);
    // Whoever forgot it comes by a new link, for a quarter of an hour.
    let by_link = api.browser().await;
    api.pass(Duration::from_secs(16 * 60));
    set(by_link, None, "third password").await.refused(403, "wrong_password");
    let by_link = api.browser().await;
    set(by_link, None, "third password").await.expect(200);
    set(api.token("program").await, Some("third password"), "x").await.refused(403, "owner_only");
}

#[tokio::test]
async fn sessions_outlive_a_restart_and_end_without_use() {
    let (api, browser) = with_password().await;
    let (token, old_cli) = (api.token("program").await, As::Token(api.cli_token().to_owned()));
    let api = api.restart().await;
    for who in [&browser, &token] {
        api.ask(who, "GET", "/api/v1/states", None).await.expect(200);
    }
    api.ask(&old_cli, "GET", "/api/v1/states", None).await.refused(401, "unauthenticated");
    let day = Duration::from_secs(24 * 3_600);
    api.pass(29 * day);
    api.ask(&browser, "GET", "/api/v1/states", None).await.expect(200);
    api.pass(29 * day);
    api.ask(&browser, "GET", "/api/v1/states", None).await.expect(200);
    api.pass(31 * day);
    api.ask(&browser, "GET", "/api/v1/states", None).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let (api, _) = with_password().await;
    for _ in 0..5 {
        log_in(&api, "guess").await.refused(401, "wrong_password");
    }
    let limited = log_in(&api, PASSWORD).await;
    limited.refused(429, "too_many_attempts");
    assert_eq!(limited.headers[header::RETRY_AFTER], "1");
    // Codes of login links count with passwords.
    let code = Some(json!({"code": "guess"}));
    api.ask(&As::Nobody, "POST", "/api/v1/session/link", code).await.refused(429, "too_many_attempts");
    api.pass(Duration::from_secs(1));
    log_in(&api, "guess").await.refused(401, "wrong_password");
    assert_eq!(log_in(&api, PASSWORD).await.headers[header::RETRY_AFTER], "2");
    api.pass(Duration::from_secs(2));
    log_in(&api, PASSWORD).await.expect(200);
    log_in(&api, "guess").await.refused(401, "wrong_password");
}

#[tokio::test]
async fn a_cookie_is_secure_where_the_panel_is_encrypted() {
    let (api, _) = with_password().await;
    let login = |host: &'static str| {
        let request = axum::http::Request::post("/api/v1/session")
            .header(header::HOST, host)
            .header(header::CONTENT_TYPE, "application/json");
        api.send(request.body(json!({"password": PASSWORD}).to_string().into()).unwrap())
    };
    let cookie =
        |answer: &crate::support::Answer| answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie(&login("home.example.org").await).ends_with("; Secure"));
    assert!(!cookie(&login("192.168.1.20:8080").await).contains("Secure"));
}
