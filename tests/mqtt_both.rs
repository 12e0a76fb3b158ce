//! What holds of the client with the embedded broker and with a real Mosquitto alike.

mod mqtt_support;

use mqtt_support::{Kind, Running, TestBroker};

/// Makes each test body two tests, one for each broker.
macro_rules! with_both {
    ($($name:ident),+ $(,)?) => {
        mod embedded { $(#[tokio::test] async fn $name() { super::$name(super::Kind::Embedded).await; })+ }
        mod mosquitto { $(#[tokio::test] async fn $name() { super::$name(super::Kind::Mosquitto).await; })+ }
    };
}

with_both!(messages_go_both_ways);

async fn messages_go_both_ways(kind: Kind) {
    let broker = TestBroker::start(kind).await;
    let mut other = broker.other("other").await;
    other.subscribe("lamp/set").await;
    let hub = Running::start(broker.settings());
    hub.subscribe(&["lamp/state"]);
    hub.seen.up(1).await;
    hub.publish("lamp/set", "ON", 0, false).await;
    other.payload("lamp/set", "ON").await;
    other.publish("lamp/state", "on", true).await;
    assert_eq!(hub.seen.message("lamp/state").await.payload, "on");
    hub.stop().await;
}
