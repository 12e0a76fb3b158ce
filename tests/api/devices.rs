//! Devices.

use serde_json::json;

use crate::support::TestApi;

#[tokio::test]
async fn a_device_is_listed_with_what_it_brings() {
    let api = TestApi::start().await;
    let all = api.get("/api/v1/devices").await.expect(200);
    assert_eq!(all.as_array().unwrap().len(), 2);
    let lamp = api.get("/api/v1/devices/lamp-device").await.expect(200);
    assert_eq!(lamp["entities"], json!(["light.lamp"]));
    assert!(all.as_array().unwrap().contains(&lamp));
}

#[tokio::test]
async fn the_owner_names_a_device_and_moves_it() {
    let api = TestApi::start().await;
    api.post("/api/v1/areas", json!({"name": "Hall"})).await.expect(201);
    let path = "/api/v1/devices/lamp-device";
    let names = json!({"name": "Floor lamp", "by_language": {"zh-CN": ["落地灯"]}});
    let changed = api.patch(path, json!({"names": names, "area": "hall"})).await.expect(200);
    assert_eq!((changed["name"].as_str(), changed["area"].as_str()), (Some("Floor lamp"), Some("hall")));
    assert_eq!(changed["by_language"]["zh-CN"][0], "落地灯");
    let back = api.patch(path, json!({"names": null})).await.expect(200);
    assert_eq!((back["name"].as_str(), back["area"].as_str()), (Some("lamp-device"), Some("hall")));
    let half = json!({"names": {"name": "Moon lamp"}, "area": "moon"});
    api.patch(path, half).await.refused(404, "not_found");
    assert_eq!(api.get(path).await.expect(200), back, "all of it or nothing");
    api.patch(path, json!({"area": "Not An Id"})).await.refused(400, "bad_json");
}

#[tokio::test]
async fn a_forgotten_device_is_gone() {
    let api = TestApi::start().await;
    api.delete("/api/v1/devices/lamp-device").await.expect(204);
    api.get("/api/v1/devices/lamp-device").await.refused(404, "not_found");
    api.get("/api/v1/states/light.lamp").await.refused(404, "not_found");
}
