//! Sentences.

use serde_json::json;

use crate::support::TestApi;

#[tokio::test]
async fn a_sentence_switches_the_lamp_and_is_remembered() {
    let api = TestApi::start().await;
    let reply = api.post("/api/v1/conversation", json!({"text": "turn on the lamp"})).await.expect(200);
    assert_eq!(
        (reply["kind"].as_str(), reply["intent"]["name"].as_str()),
        (Some("action_done"), Some("HassTurnOn"))
    );
    assert_eq!(api.get("/api/v1/states/light.lamp").await.expect(200)["state"], "on");
    let steps = reply["trace"]["steps"].as_array().unwrap();
    assert!(steps.iter().any(|step| step["step"] == "came_back"), "{steps:?}");

    let nonsense =
        api.post("/api/v1/conversation", json!({"text": "colourless green ideas"})).await.expect(200);
    assert_eq!(nonsense["kind"], "no_match");

    let said = api.get("/api/v1/conversations?limit=1").await.expect(200);
    assert_eq!(said.as_array().unwrap().len(), 1);
    assert_eq!(said[0]["message"]["content"], "colourless green ideas");
    assert_eq!(
        (&said[0]["reply"]["message"], said[0]["message"]["channel"].as_str()),
        (&nonsense["message"], Some("cli"))
    );
    assert_eq!(api.get("/api/v1/conversations").await.expect(200).as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_sentence_in_chinese_is_answered_in_chinese() {
    let api = TestApi::start().await;
    let names = json!({"names": {"name": "Lamp", "by_language": {"zh-CN": ["台灯"]}}});
    api.patch("/api/v1/entities/light.lamp", names).await.expect(200);
    let sentence = json!({"text": "打开台灯", "language": "zh-CN"});
    let reply = api.post("/api/v1/conversation", sentence).await.expect(200);
    assert_eq!((reply["kind"].as_str(), reply["language"].as_str()), (Some("action_done"), Some("zh-CN")));
}

#[tokio::test]
async fn what_is_no_sentence_is_refused() {
    let api = TestApi::start().await;
    for body in [
        json!({"text": "  "}),
        json!({"text": "x".repeat(1_001)}),
        json!({"text": "hello", "language": "tlh-Klingon"}),
    ] {
        api.post("/api/v1/conversation", body).await.refused(422, "invalid");
    }
    api.get("/api/v1/conversations?limit=-1").await.refused(400, "bad_query");
}

#[tokio::test]
async fn the_languages_are_listed() {
    let api = TestApi::start().await;
    let languages = api.get("/api/v1/languages").await.expect(200);
    let languages: Vec<_> = languages.as_array().unwrap().iter().filter_map(|tag| tag.as_str()).collect();
    assert!(
        languages.len() > 60 && languages.contains(&"en") && languages.contains(&"zh-CN"),
        "{languages:?}"
    );
}
