//! Tokens for programs.

use std::time::Duration;

use serde_json::json;

use crate::support::{As, BEGIN, TestApi};

#[tokio::test]
async fn a_token_is_shown_once_and_can_be_taken_away() {
    let api = TestApi::start().await;
    let made = api.post("/api/v1/tokens", json!({"name": " Node-RED "})).await.expect(201);
    let secret = made["token"].as_str().unwrap();
    assert!(secret.starts_with("hc_") && secret.len() >= 43, "{secret}");
    let token = As::Token(secret.to_owned());

    let listed = api.get("/api/v1/tokens").await;
    assert!(!listed.text().contains(secret));
    let listed = listed.expect(200);
    assert_eq!((listed[0]["name"].as_str(), listed[0]["created"].as_i64()), (Some("Node-RED"), Some(BEGIN)));
    assert!(listed[0]["last_used"].is_null());

    api.pass(Duration::from_secs(60));
    api.ask(&token, "GET", "/api/v1/home", None).await.expect(200);
    assert_eq!(api.get("/api/v1/tokens").await.expect(200)[0]["last_used"], BEGIN + 60_000);
    let session = api.ask(&token, "GET", "/api/v1/session", None).await.expect(200);
    assert_eq!(session["user"], "Node-RED");

    let id = made["id"].as_str().unwrap();
    api.delete(&format!("/api/v1/tokens/{id}")).await.expect(204);
    api.ask(&token, "GET", "/api/v1/home", None).await.refused(401, "unauthenticated");
    api.delete(&format!("/api/v1/tokens/{id}")).await.refused(404, "not_found");
    let api = api.restart().await;
    api.ask(&token, "GET", "/api/v1/home", None).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn a_token_makes_no_tokens() {
    let api = TestApi::start().await;
    let token = api.token("program").await;
    api.ask(&token, "GET", "/api/v1/tokens", None).await.refused(403, "owner_only");
    api.ask(&token, "POST", "/api/v1/tokens", Some(json!({"name": "more"}))).await.refused(403, "owner_only");
}

#[tokio::test]
async fn there_are_not_endlessly_many_and_none_without_a_name() {
    let api = TestApi::start().await;
    api.post("/api/v1/tokens", json!({"name": "  "})).await.refused(422, "invalid");
    for n in 0..64 {
        api.post("/api/v1/tokens", json!({"name": format!("token {n}")})).await.expect(201);
    }
    api.post("/api/v1/tokens", json!({"name": "one more"})).await.refused(422, "invalid");
}
