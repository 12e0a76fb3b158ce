//! What holds of the client with the embedded broker and with a real Mosquitto alike.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod mqtt_support;

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::Ordering;

use homeclaw::hub::ports::Mqtt;
use homeclaw::mqtt::ClientSettings;
use mqtt_support::{Kind, Running, TestBroker, until};
use rumqttc::{Packet, QoS};

/// Makes each test body two tests, one for each broker.
macro_rules! with_both {
    ($($name:ident),+ $(,)?) => {
        mod embedded { $(#[tokio::test] async fn $name() { super::$name(super::Kind::Embedded).await; })+ }
        mod mosquitto { $(#[tokio::test] async fn $name() { super::$name(super::Kind::Mosquitto).await; })+ }
    };
}

with_both!(
    messages_go_both_ways,
    retained_messages_come_at_once,
    subscriptions_are_given_up,
    birth_and_farewell_are_seen,
    an_oversized_payload_is_dropped_and_nothing_else,
    many_subscriptions_are_made,
    a_hundred_thousand_retained_topics_are_taken,
    every_quality_arrives,
    broken_packets_hurt_only_their_sender,
);

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

async fn retained_messages_come_at_once(kind: Kind) {
    let broker = TestBroker::start(kind).await;
    let mut other = broker.other("other").await;
    other.publish("客厅/灯", "开", true).await;
    other.publish("gone", "1", true).await;
    other.publish("gone", "", true).await;
    other.publish("later", "2", true).await;
    let hub = Running::start(broker.settings());
    hub.subscribe(&["客厅/灯", "gone"]);
    let message = hub.seen.message("客厅/灯").await;
    assert!(message.retain && message.payload == "开");
    // Also for a subscription that is made while the connection is up.
    hub.subscribe(&["later"]);
    assert!(hub.seen.message("later").await.retain);
    assert!(hub.seen.messages().iter().all(|message| message.topic != "gone"));
    hub.stop().await;
}

async fn subscriptions_are_given_up(kind: Kind) {
    let broker = TestBroker::start(kind).await;
    let mut other = broker.other("other").await;
    let hub = Running::start(broker.settings());
    hub.subscribe(&["a", "b"]);
    hub.seen.up(1).await;
    other.publish("b", "before", true).await;
    hub.seen.message("b").await;
    hub.client.unsubscribe(vec!["a".to_owned()]);
    other.publish("a", "1", false).await;
    other.publish("b", "after", false).await;
    hub.seen.count("the message after", 1, |message| message.payload == "after").await;
    assert!(hub.seen.messages().iter().all(|message| message.topic != "a"));
    hub.stop().await;
}

async fn birth_and_farewell_are_seen(kind: Kind) {
    let broker = TestBroker::start(kind).await;
    let mut other = broker.other("other").await;
    other.subscribe("homeclaw/status").await;
    other.subscribe("homeassistant/status").await;
    let hub = Running::start(broker.settings());
    hub.subscribe(&["homeassistant/#"]);
    other.payload("homeclaw/status", "online").await;
    other.payload("homeassistant/status", "online").await;
    hub.stop().await;
    other.payload("homeassistant/status", "offline").await;
    other.payload("homeclaw/status", "offline").await;
    let mut late = broker.other("late").await;
    late.client.subscribe("homeclaw/status", QoS::AtMostOnce).await.unwrap();
    assert!(late.payload("homeclaw/status", "offline").await.retain);
}

async fn an_oversized_payload_is_dropped_and_nothing_else(kind: Kind) {
    let broker = TestBroker::start(kind).await;
    let mut other = broker.other("other").await;
    // Larger than what the client reads at first, where the broker lets it through at all.
    let large = if kind == Kind::Mosquitto { 3_000_000 } else { 900_000 };
    other.publish("large", vec![b'x'; large], true).await;
    other.publish("small", "1", true).await;
    let hub = Running::start(broker.settings());
    hub.subscribe(&["large", "small"]);
    hub.seen.message("small").await;
    until("the large message to be dropped", || hub.client.counters().dropped.load(Ordering::Relaxed) > 0)
        .await;
    let connects = hub.client.counters().connects.load(Ordering::Relaxed);
    other.publish("small", "2", true).await;
    hub.seen.count("the next small message", 1, |message| message.payload == "2").await;
    assert_eq!(hub.client.counters().connects.load(Ordering::Relaxed), connects, "it broke again");
    assert!(connects <= 2, "{connects} connections for one message");
    assert!(hub.seen.messages().iter().all(|message| message.topic != "large"));
    hub.stop().await;
}

async fn many_subscriptions_are_made(kind: Kind) {
    let broker = TestBroker::start(kind).await;
    let mut other = broker.other("other").await;
    let hub = Running::start(broker.settings());
    let topic = |n: usize| format!("device/{n}/state");
    hub.client.subscribe((0..1_000).map(topic).collect());
    hub.seen.up(1).await;
    hub.client.subscribe((1_000..2_000).map(topic).collect());
    for n in 0..2_000 {
        other.client.publish(topic(n), QoS::AtMostOnce, true, "x").await.unwrap();
    }
    other.publish("done", "x", false).await;
    hub.seen.count("a message on each", 2_000, |message| message.payload == "x").await;
    hub.stop().await;
}

async fn a_hundred_thousand_retained_topics_are_taken(kind: Kind) {
    const TOPICS: usize = 100_000;
    let broker = TestBroker::start(kind).await;
    let mut other = broker.other("other").await;
    for n in 0..TOPICS {
        other.client.publish(format!("many/{n}"), QoS::AtMostOnce, true, "some state").await.unwrap();
    }
    other.publish("many/last", "x", true).await;
    // Quality 0 as the hub asks the embedded broker, which gives no more than a hundred to higher ones.
    let hub = Running::start(ClientSettings { subscribe_qos: 0, ..broker.settings() });
    hub.subscribe(&["many/#"]);
    hub.seen.count("every retained message", TOPICS + 1, |message| message.retain).await;
    // It is still quick for everybody else.
    hub.subscribe(&["lamp"]);
    other.publish("lamp", "on", true).await;
    hub.seen.message("lamp").await;
    hub.stop().await;
}

async fn every_quality_arrives(kind: Kind) {
    let broker = TestBroker::start(kind).await;
    let mut other = broker.other("other").await;
    other.client.subscribe("out/#", QoS::ExactlyOnce).await.unwrap();
    other.packet("the subscription", |packet| matches!(packet, Packet::SubAck(_))).await;
    let hub = Running::start(broker.settings());
    hub.subscribe(&["in/#"]);
    hub.seen.up(1).await;
    for qos in 0..3 {
        hub.publish(&format!("out/{qos}"), "x", qos, false).await;
        other.payload(&format!("out/{qos}"), "x").await;
    }
    for (name, qos) in [("in/0", QoS::AtMostOnce), ("in/1", QoS::AtLeastOnce), ("in/2", QoS::ExactlyOnce)] {
        other.client.publish(name, qos, false, "x").await.unwrap();
        hub.seen.message(name).await;
    }
    hub.stop().await;
}

/// Bytes that are no MQTT, a topic that is no UTF-8, and a topic with a wildcard, each after a proper log-in.
async fn broken_packets_hurt_only_their_sender(kind: Kind) {
    let broker = TestBroker::start(kind).await;
    let hub = Running::start(broker.settings());
    hub.subscribe(&["#"]);
    hub.seen.up(1).await;
    let packets: [&[u8]; 5] = [
        b"GET / HTTP/1.1\r\n\r\n",
        // PUBLISH with a topic that is no UTF-8.
        &[0x30, 0x05, 0x00, 0x02, 0xff, 0xfe, b'x'],
        // PUBLISH to a wildcard.
        &[0x30, 0x05, 0x00, 0x02, b'a', b'#', b'x'],
        // PUBLISH with a null character in its topic.
        &[0x30, 0x05, 0x00, 0x02, b'a', 0x00, b'x'],
        // A length that never ends.
        &[0x30, 0xff, 0xff, 0xff, 0xff, 0xff],
    ];
    for packet in packets {
        let mut socket = TcpStream::connect(broker.address()).unwrap();
        socket.write_all(&mqtt_support::hello("evil")).unwrap();
        socket.write_all(packet).unwrap();
        let mut bare = TcpStream::connect(broker.address()).unwrap();
        // The broker may have hung up already.
        let _ = bare.write_all(packet);
    }
    let mut other = broker.other("other").await;
    other.publish("still/alive", "yes", false).await;
    hub.seen.message("still/alive").await;
    for message in hub.seen.messages() {
        assert!(!message.topic.contains(['#', '\0', '\u{fffd}']), "{message:?}");
    }
    assert_eq!(hub.client.counters().connects.load(Ordering::Relaxed), 1);
    hub.stop().await;
}
