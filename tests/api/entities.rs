//! Entities: reading, switching, naming, their past.

use homeclaw::hub::Home;
use homeclaw::model::EntityId;
use serde_json::json;

use crate::support::{As, BEGIN, TestApi};

#[tokio::test]
async fn states_are_read_at_once_and_one_by_one() {
    let api = TestApi::start().await;
    let states = api.get("/api/v1/states").await.expect(200);
    assert_eq!(states["light.lamp"]["state"], "off");
    let one = api.get("/api/v1/states/sensor.temperature").await.expect(200);
    assert_eq!((one["state"].as_str(), &one), (Some("21.5"), &states["sensor.temperature"]));

    let home = api.get("/api/v1/home").await.expect(200);
    assert_eq!(home["states"], states);
    assert_eq!(home["entities"], api.get("/api/v1/entities").await.expect(200));
    assert_eq!(
        home["home"],
        json!({"name": "Home", "language": "en", "time_zone": "UTC", "temperature_unit": "°C"})
    );
    let entity = api.get("/api/v1/entities/sensor.temperature").await.expect(200);
    assert_eq!(entity["device_class"], "temperature");
}

#[tokio::test]
async fn a_lamp_is_switched_and_confirms() {
    let api = TestApi::start().await;
    let path = "/api/v1/entities/light.lamp/commands";
    let outcome = api.post(path, json!({"action": "turn_on"})).await.expect(200);
    assert_eq!(
        (outcome["outcome"].as_str(), outcome["state"]["state"].as_str()),
        (Some("confirmed"), Some("on"))
    );
    assert_eq!(api.get("/api/v1/states/light.lamp").await.expect(200)["state"], "on");
    let outcome = api.post(path, json!({"action": "open"})).await.expect(200);
    assert_eq!(outcome["outcome"], "failed", "a lamp does not open: {outcome}");
    api.post(path, json!({"action": "explode"})).await.refused(400, "bad_json");
    api.post(path, json!({"action": "turn_on", "brightness": 300})).await.refused(400, "bad_json");
}

#[tokio::test]
async fn several_are_switched_together_or_none() {
    let api = TestApi::start().await;
    let command = |entity: &str| json!({"entity": entity, "action": "turn_on"});
    let path = "/api/v1/commands";
    let unknown = json!({"commands": [command("light.lamp"), command("light.nobody")]});
    api.post(path, unknown).await.refused(404, "not_found");
    assert_eq!(api.get("/api/v1/states/light.lamp").await.expect(200)["state"], "off");

    let answer = api.post(path, json!({"commands": [command("light.lamp")]})).await.expect(200);
    assert_eq!(answer["outcomes"][0]["outcome"], "confirmed");
    api.post(path, json!({"commands": []})).await.refused(422, "invalid");
    let many: Vec<_> = (0..201).map(|_| command("light.lamp")).collect();
    api.post(path, json!({"commands": many})).await.refused(422, "invalid");
}

#[tokio::test]
async fn the_owner_names_hides_and_moves_an_entity() {
    let api = TestApi::start().await;
    api.post("/api/v1/areas", json!({"name": "Hall"})).await.expect(201);
    let path = "/api/v1/entities/light.lamp";
    let before = api.get(path).await.expect(200);
    let patch = json!({"names": {"name": "Big light", "aliases": ["sun"]}, "area": "hall", "enabled": false});
    let changed = api.patch(path, patch).await.expect(200);
    assert_eq!(changed["name"], "Big light");
    assert_eq!((changed["area"].as_str(), changed["enabled"].as_bool()), (Some("hall"), Some(false)));
    let half = json!({"names": {"name": "Small light"}, "area": "moon", "enabled": true});
    api.patch(path, half).await.refused(404, "not_found");
    assert_eq!(api.get(path).await.expect(200), changed, "all of it or nothing");
    let back = api.patch(path, json!({"names": null, "area": null, "enabled": true})).await.expect(200);
    assert_eq!(back, before);
    assert_eq!(api.patch(path, json!({})).await.expect(200), before);
}

#[tokio::test]
async fn the_last_picture_of_a_camera_is_shown() {
    let api = TestApi::start().await;
    let camera = json!({"name": "Door", "unique_id": "cam1", "topic": "door/picture",
        "default_entity_id": "image.door", "image_topic": "door/picture"});
    api.inbound("homeassistant/image/cam1/config", &camera.to_string()).await;
    let path = "/api/v1/entities/image.door/picture";
    let sent = async |picture: &'static str| {
        api.inbound("door/picture", picture).await;
        let here = move |home: &Home| {
            let door = EntityId::new("image.door").unwrap();
            home.pictures.get(&door).is_some_and(|(_, kept)| kept == picture)
        };
        while !api.handle.read(here).await.unwrap() {}
    };
    api.get(path).await.refused(404, "not_found");
    sent("GIF89a and so on").await;
    let picture = api.get(path).await;
    assert_eq!((picture.status.as_u16(), picture.text().as_str()), (200, "GIF89a and so on"));
    assert_eq!(picture.headers["content-type"], "image/gif");
    assert_eq!(picture.headers["x-content-type-options"], "nosniff");
    assert_eq!(picture.headers["content-security-policy"], "default-src 'none'; sandbox");
    sent("<svg onload='alert(1)'/>").await;
    api.get(path).await.refused(422, "invalid");
    api.ask(&As::Nobody, "GET", path, None).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn the_past_is_asked_for_by_period() {
    let api = TestApi::start().await;
    let path = "/api/v1/entities/sensor.temperature/history";
    let past = api.get(&format!("{path}?from={}&to={}&points=10", BEGIN - 1_000, BEGIN)).await.expect(200);
    assert!(past["points"].is_array() && past["states"].is_array(), "{past}");
    api.get(path).await.expect(200);
    api.get(&format!("{path}?from=5&to=5")).await.refused(422, "invalid");
    api.get(&format!("{path}?from=yesterday")).await.refused(400, "bad_query");
    api.get(&format!("{path}?since=5")).await.refused(400, "bad_query");
}
