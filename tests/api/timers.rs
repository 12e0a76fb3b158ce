//! Timers.

use serde_json::json;

use crate::support::TestApi;

#[tokio::test]
async fn a_timer_is_set_changed_and_cancelled() {
    let api = TestApi::start().await;
    let set = json!({"duration_ms": 600_000, "name": "pizza"});
    let timer = api.post("/api/v1/timers", set).await.expect(201);
    assert_eq!((timer["name"].as_str(), timer["status"].as_str()), (Some("pizza"), Some("running")));
    assert_eq!((timer["duration_ms"].as_u64(), timer["channel"].as_str()), (Some(600_000), Some("cli")));
    let path = format!("/api/v1/timers/{}", timer["id"].as_str().unwrap());

    let paused = api.ask(&crate::support::As::Cli, "POST", &format!("{path}/pause"), None).await.expect(200);
    assert_eq!(paused["status"], "paused");
    let left = paused["left_ms"].as_u64().unwrap();
    let longer = api.post(&format!("{path}/increase"), json!({"by_ms": 60_000})).await.expect(200);
    assert_eq!(longer["left_ms"], left + 60_000);
    let shorter = api.post(&format!("{path}/decrease"), json!({"by_ms": 120_000})).await.expect(200);
    assert_eq!(shorter["left_ms"], left - 60_000);
    // The panel sends an empty object where nothing has to be said.
    let running = api.post(&format!("{path}/resume"), json!({})).await.expect(200);
    assert_eq!(running["status"], "running");
    assert_eq!(api.get("/api/v1/timers").await.expect(200), json!([running]));

    api.delete(&path).await.expect(204);
    assert_eq!(api.get("/api/v1/timers").await.expect(200), json!([]));
    api.delete(&path).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_timer_takes_a_second_to_a_year() {
    let api = TestApi::start().await;
    for duration in [0, 999, 400 * 24 * 3_600_000_u64] {
        api.post("/api/v1/timers", json!({"duration_ms": duration})).await.refused(422, "invalid");
    }
    api.post("/api/v1/timers", json!({"duration_ms": -5})).await.refused(400, "bad_json");
    let timer = api.post("/api/v1/timers", json!({"duration_ms": 60_000})).await.expect(201);
    let path = format!("/api/v1/timers/{}/increase", timer["id"].as_str().unwrap());
    api.post(&path, json!({"by_ms": 0})).await.refused(422, "invalid");
}
