//! The demo home over a real broker: it introduces itself, does what it is told, and says when it goes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod mqtt_support;

use homeclaw::demo::{self, DemoError, DemoOptions};
use mqtt_support::{Kind, PASSWORD, Running, TestBroker, USER, within};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

fn options(broker: &TestBroker) -> DemoOptions {
    DemoOptions {
        port: broker.address().port(),
        login: Some((USER.to_owned(), PASSWORD.to_owned())),
        ..DemoOptions::default()
    }
}

async fn lives(kind: Kind) {
    let broker = TestBroker::start(kind).await;
    let hub = Running::start(broker.settings());
    hub.subscribe(&["homeassistant/#", "tasmota/discovery/#", "demo/#"]);
    hub.seen.up(1).await;
    let shutdown = CancellationToken::new();
    let demo = tokio::spawn(demo::run(options(&broker), shutdown.clone()));

    let config = hub.seen.message("homeassistant/light/demo_living_room_light/light/config").await;
    let config: Value = serde_json::from_slice(&config.payload).unwrap();
    assert_eq!(config["device"]["suggested_area"], "Living Room");
    hub.seen.message("tasmota/discovery/5CCF7F0000A1/config").await;

    let command = config["command_topic"].as_str().unwrap();
    hub.publish(command, r#"{"state":"ON","brightness":100,"transition":0.2}"#, 0, false).await;
    hub.seen
        .count("the light to reach its brightness", 1, |message| {
            message.topic == "demo/zigbee2mqtt/living_room_light"
                && String::from_utf8_lossy(&message.payload).contains(r#""brightness":100"#)
        })
        .await;

    hub.publish("demo/provoke/front_door_lock", "jam", 0, false).await;
    hub.publish("demo/zigbee2mqtt/front_door_lock/set", r#"{"state":"LOCK"}"#, 0, false).await;
    hub.seen
        .count("the lock to jam", 1, |message| {
            message.topic == "demo/zigbee2mqtt/front_door_lock"
                && String::from_utf8_lossy(&message.payload).contains("jammed")
        })
        .await;

    shutdown.cancel();
    within("the demo to stop", demo).await.unwrap().unwrap();
    hub.seen
        .count("every device to say that it goes", 1, |message| {
            message.topic == "demo/status" && message.payload == "offline"
        })
        .await;
    let gone = |message: &&homeclaw::model::Inbound| {
        message.topic == "demo/esphome/bedroom_fan/availability" && message.payload == "offline"
    };
    assert!(hub.seen.messages().iter().any(|message| gone(&message)));
    hub.stop().await;
}

#[tokio::test]
async fn lives_with_the_embedded_broker() {
    lives(Kind::Embedded).await;
}

#[tokio::test]
async fn lives_with_mosquitto() {
    lives(Kind::Mosquitto).await;
}

#[tokio::test]
async fn a_wrong_password_is_said() {
    let broker = TestBroker::start(Kind::Mosquitto).await;
    let login = Some((USER.to_owned(), "wrong".to_owned()));
    let demo = demo::run(DemoOptions { login, ..options(&broker) }, CancellationToken::new());
    let error = within("the refusal", demo).await.unwrap_err();
    assert!(matches!(error, DemoError::Refused { .. }), "{error}");
    assert!(error.to_string().contains("check user and password"));
}
