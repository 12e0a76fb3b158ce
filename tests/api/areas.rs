//! Rooms and floors.

use serde_json::json;

use crate::support::TestApi;

#[tokio::test]
async fn an_area_gets_an_id_of_its_name_and_keeps_it() {
    let api = TestApi::start().await;
    let names = json!({"name": "Living room", "aliases": ["lounge"], "by_language": {"zh-CN": ["客厅"]}});
    let area = api.post("/api/v1/areas", names).await.expect(201);
    assert_eq!(area["id"], "living_room");
    let again = api.post("/api/v1/areas", json!({"name": "Living room"})).await.expect(201);
    assert_eq!(again["id"], "living_room_2");
    let changed = api.put("/api/v1/areas/living_room", json!({"name": "Parlour"})).await.expect(200);
    assert_eq!((changed["id"].as_str(), changed["name"].as_str()), (Some("living_room"), Some("Parlour")));

    let all = api.get("/api/v1/areas").await.expect(200);
    let found = all.as_array().unwrap().iter().find(|area| area["id"] == "living_room").unwrap().clone();
    assert_eq!(found, json!({"id": "living_room", "name": "Parlour"}));
    api.delete("/api/v1/areas/living_room").await.expect(204);
    api.delete("/api/v1/areas/living_room").await.refused(404, "not_found");
}

#[tokio::test]
async fn an_area_stands_on_a_floor_that_there_is() {
    let api = TestApi::start().await;
    let floor = api.post("/api/v1/floors", json!({"name": "二楼", "level": 1})).await.expect(201);
    assert_eq!(floor, json!({"id": "floor", "name": "二楼", "level": 1}));
    let area = json!({"name": "Bedroom", "floor": "floor"});
    api.post("/api/v1/areas", area).await.expect(201);
    let nowhere = api.post("/api/v1/areas", json!({"name": "Attic", "floor": "roof"})).await;
    assert!(nowhere.status.is_client_error(), "{}", nowhere.text());

    let floor = api.put("/api/v1/floors/floor", json!({"name": "First floor", "level": 2})).await.expect(200);
    assert_eq!(floor["level"], 2);
    assert_eq!(api.get("/api/v1/floors").await.expect(200), json!([floor]));
    api.delete("/api/v1/floors/floor").await.expect(204);
    let areas = api.get("/api/v1/areas").await.expect(200);
    let bedroom = areas.as_array().unwrap().iter().find(|area| area["id"] == "bedroom").unwrap();
    assert!(bedroom.get("floor").is_none(), "{bedroom}");
}

#[tokio::test]
async fn names_have_to_be_names() {
    let api = TestApi::start().await;
    for name in ["", "   ", "two\nlines", &"x".repeat(500)] {
        api.post("/api/v1/areas", json!({"name": name})).await.refused(422, "invalid");
    }
    api.post("/api/v1/areas", json!({"name": "x", "aliases": [""]})).await.refused(422, "invalid");
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_restart() {
    let api = TestApi::start().await;
    api.post("/api/v1/areas", json!({"name": "Cellar"})).await.expect(201);
    let api = api.restart().await;
    let areas = api.get("/api/v1/areas").await.expect(200);
    assert!(areas.as_array().unwrap().iter().any(|area| area["id"] == "cellar"), "{areas}");
}
