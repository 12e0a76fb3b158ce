//! How the hub is: health, readiness, figures, log.

use axum::body::Body;
use axum::http::{Request, header};
use homeclaw::model::{Health, HealthLevel, Timestamp};
use homeclaw::runtime::{LogEntry, LogImportance};
use homeclaw::web::Peer;
use serde_json::{Map, json};

use crate::support::{As, BEGIN, TestApi};

#[tokio::test]
async fn alive_and_ready_are_two_things() {
    let mut api = TestApi::start().await;
    api.ask(&As::Nobody, "GET", "/healthz", None).await.expect(200);
    let waiting = api.ask(&As::Nobody, "GET", "/readyz", None).await.expect(503);
    assert_eq!(waiting, json!({"ready": false, "missing": ["mqtt"]}));
    api.latch.take().unwrap().release();
    let ready = api.ask(&As::Nobody, "GET", "/readyz", None).await.expect(200);
    assert_eq!(ready, json!({"ready": true, "missing": []}));
}

#[tokio::test]
async fn figures_are_for_this_machine_and_for_tokens() {
    let api = TestApi::start().await;
    api.ask(&As::Nobody, "GET", "/metrics", None).await.refused(401, "unauthenticated");
    let metrics = api.get("/metrics").await;
    assert_eq!(metrics.status, 200);
    assert!(
        metrics.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("application/openmetrics-text")
    );
    let local = |host: &'static str| {
        let request = Request::get("/metrics").header(header::HOST, host);
        let request = request.extension(Peer("127.0.0.1:50000".parse().unwrap()));
        api.send(request.body(Body::empty()).unwrap())
    };
    assert_eq!(local("127.0.0.1:8080").await.status, 200);
    // A proxy on the same machine passes on the name that it was asked for.
    local("home.example.org").await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn the_names_of_the_figures_stay() {
    let api = TestApi::start().await;
    // Figures with labels have a name from their first value on.
    api.post("/api/v1/conversation", json!({"text": "turn on the lamp"})).await.expect(200);
    let metrics = api.get("/metrics").await.text();
    let names: Vec<_> = metrics.lines().filter(|line| line.starts_with("# TYPE")).collect();
    insta::assert_snapshot!(names.join("\n"));
    assert!(metrics.contains(r#"homeclaw_http_requests_total{method="POST",status="200"} 1"#), "{metrics}");
}

#[tokio::test]
async fn the_health_of_the_parts_is_told() {
    let api = TestApi::start().await;
    let health = Health {
        part: "broker".into(),
        level: HealthLevel::Failing,
        message: "the port is taken".into(),
        since: Timestamp::from_millis(BEGIN),
        restarts: 3,
    };
    api.handle.health(health).await.unwrap();
    let all = api.get("/api/v1/health").await.expect(200);
    let told = json!({"part": "broker", "level": "failing", "message": "the port is taken", "since": BEGIN, "restarts": 3});
    assert!(all.as_array().unwrap().contains(&told), "{all}");
}

#[tokio::test]
async fn the_newest_log_lines_are_given() {
    let api = TestApi::start().await;
    for n in 0..3 {
        api.logs.push(LogEntry {
            time: Timestamp::from_millis(BEGIN + n),
            level: LogImportance::Warn,
            target: "homeclaw::mqtt".into(),
            message: format!("line {n}"),
            fields: Map::from_iter([("topic".to_owned(), json!("lamp"))]),
        });
    }
    let lines = api.get("/api/v1/logs?limit=2").await.expect(200);
    let words: Vec<_> =
        lines.as_array().unwrap().iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(words, ["line 1", "line 2"]);
    assert_eq!(lines[0]["fields"]["topic"], "lamp");
    api.get("/api/v1/logs?limit=many").await.refused(400, "bad_query");
}
