//! Brokers that vanish and hubs that die, with a real Mosquitto.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod mqtt_support;

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use homeclaw::hub::ports::{Mqtt, MqttError};
use homeclaw::model::Publish;
use homeclaw::mqtt::ClientSettings;
use mqtt_support::{Kind, Mosquitto, Other, Running, TestBroker, login, sleeper, until, within};
use rumqttc::{Packet, QoS};

fn settings(mosquitto: &Mosquitto) -> ClientSettings {
    ClientSettings {
        port: mosquitto.address.port(),
        login: Some(login()),
        retry: (Duration::from_millis(20), Duration::from_millis(200)),
        ..ClientSettings::default()
    }
}

#[tokio::test]
async fn what_came_while_the_hub_was_away_is_delivered() {
    let mosquitto = Mosquitto::start(None).await;
    let mut other = Other::connect(mosquitto.address, "device").await;
    let first = Running::start(settings(&mosquitto));
    first.subscribe(&["bell"]);
    first.seen.up(1).await;
    other.publish("bell", "before", true).await;
    first.seen.message("bell").await;
    first.stop().await;

    for n in 0..300 {
        other.publish("bell", format!("while away {n}"), false).await;
    }
    let second = Running::start(settings(&mosquitto));
    second.subscribe(&["bell"]);
    for n in 0..300 {
        let payload = format!("while away {n}");
        second.seen.count("what the broker kept", 1, |message| message.payload == payload).await;
    }
    second.stop().await;
}

/// Both directions, through a restart of the broker in the middle of them: what was acknowledged arrives.
#[tokio::test]
async fn a_restart_of_the_broker_loses_nothing_acknowledged() {
    const EACH: usize = 400;
    let mut mosquitto = Mosquitto::start(None).await;
    let mut device = Other::connect(mosquitto.address, "device").await;
    let hub = Running::start(settings(&mosquitto));
    hub.subscribe(&["in/+"]);
    hub.seen.up(1).await;
    // A listener whose session the broker keeps.
    let listener = Running::start(ClientSettings {
        client_id: "listener".to_owned(),
        status_topic: "listener/status".to_owned(),
        announce_topic: None,
        ..settings(&mosquitto)
    });
    listener.subscribe(&["out/+"]);
    listener.seen.up(1).await;
    // Nothing is published before somebody is there to hear it: the broker keeps no messages for nobody.
    let ready = |message: &homeclaw::model::Inbound| message.payload == "ready";
    device.publish("in/ready", "ready", true).await;
    device.publish("out/ready", "ready", true).await;
    hub.seen.count("the hub's subscription", 1, ready).await;
    listener.seen.count("the listener's subscription", 1, ready).await;

    let mut acknowledged = BTreeSet::new();
    for n in 0..EACH {
        if n == EACH / 2 {
            mosquitto.stop();
            hub.seen.down().await;
            mosquitto.start_again().await;
            device = Other::connect(mosquitto.address, "device").await;
            hub.seen.up(2).await;
            listener.seen.up(2).await;
        }
        device.publish(&format!("in/{n}"), "x", false).await;
        acknowledged.insert(format!("in/{n}"));
        hub.publish(&format!("out/{n}"), "x", 1, false).await;
    }
    hub.seen.count("everything in", EACH, |message| message.payload == "x").await;
    for topic in &acknowledged {
        hub.seen.message(topic).await;
    }
    for n in 0..EACH {
        listener.seen.message(&format!("out/{n}")).await;
    }
    hub.stop().await;
    listener.stop().await;
}

#[tokio::test]
async fn a_broker_that_forgot_everything_is_told_again() {
    let mut mosquitto = Mosquitto::start(None).await;
    let hub = Running::start(settings(&mosquitto));
    hub.subscribe(&["lamp"]);
    hub.seen.up(1).await;
    mosquitto.stop();
    hub.seen.down().await;
    let words = hub.seen.complaint("cannot reach broker").await;
    assert!(words.contains(&mosquitto.address.to_string()), "{words}");
    let message = Publish { topic: "a".into(), payload: "1".into(), qos: 0, retain: false };
    assert_eq!(hub.client.publish(message), Err(MqttError::NotConnected));
    mosquitto.forget();
    mosquitto.start_again().await;
    hub.seen.up(2).await;
    let mut other = Other::connect(mosquitto.address, "device").await;
    other.publish("lamp", "on", true).await;
    hub.seen.message("lamp").await;
    hub.stop().await;
}

/// Whether this process is the one that is to be killed; it runs the same test program again.
const VICTIM: &str = "HOMECLAW_TEST_VICTIM_PORT";

#[tokio::test]
async fn victim() {
    // Only does something when the test below starts it.
    let Ok(port) = std::env::var(VICTIM) else { return };
    let port = port.parse().unwrap();
    let hub = Running::start(ClientSettings { port, login: Some(login()), ..ClientSettings::default() });
    hub.seen.up(1).await;
    std::future::pending::<()>().await;
}

async fn last_will(kind: Kind) {
    let broker = TestBroker::start(kind).await;
    let mut other = broker.other("other").await;
    other.subscribe("homeclaw/status").await;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "victim", "--nocapture"])
        .env(VICTIM, broker.address().port().to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    other.payload("homeclaw/status", "online").await;
    // SIGKILL: the hub can say nothing any more.
    child.kill().unwrap();
    child.wait().unwrap();
    other.payload("homeclaw/status", "offline").await;
    let mut late = broker.other("late").await;
    late.client.subscribe("homeclaw/status", QoS::AtMostOnce).await.unwrap();
    assert!(late.payload("homeclaw/status", "offline").await.retain);
}

#[tokio::test]
async fn the_last_will_is_seen_with_mosquitto() {
    last_will(Kind::Mosquitto).await;
}

#[tokio::test]
async fn the_last_will_is_seen_with_the_embedded_broker() {
    last_will(Kind::Embedded).await;
}

async fn next_publish(eventloop: &mut rumqttc::EventLoop) -> rumqttc::Publish {
    within("a message", async {
        loop {
            if let rumqttc::Event::Incoming(Packet::Publish(publish)) = eventloop.poll().await.unwrap() {
                return publish;
            }
        }
    })
    .await
}

#[tokio::test]
async fn the_embedded_broker_keeps_sessions() {
    let broker = TestBroker::start(Kind::Embedded).await;
    let mut other = broker.other("other").await;
    let (client, mut eventloop, present) = sleeper(broker.address()).await;
    assert!(!present);
    client.subscribe("mail/#", QoS::ExactlyOnce).await.unwrap();
    within("the subscription", async {
        while !matches!(eventloop.poll().await.unwrap(), rumqttc::Event::Incoming(Packet::SubAck(_))) {}
    })
    .await;
    drop((client, eventloop));
    for n in 0..250 {
        other.publish(&format!("mail/{n}"), "letter", false).await;
    }
    let (client, mut eventloop, present) = sleeper(broker.address()).await;
    assert!(present);
    for n in 0..250 {
        let publish = next_publish(&mut eventloop).await;
        assert_eq!((publish.topic, publish.qos), (format!("mail/{n}"), QoS::AtLeastOnce));
    }
    drop((client, eventloop));
}

#[tokio::test]
async fn a_client_that_reads_nothing_does_not_stop_the_others() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let broker = TestBroker::start(Kind::Embedded).await;
    let hub = Running::start(broker.settings());
    hub.subscribe(&["flood/#"]);
    hub.seen.up(1).await;
    let mut deaf = tokio::net::TcpStream::connect(broker.address()).await.unwrap();
    let mut hello = mqtt_support::hello("deaf");
    hello.extend(b"\x82\x0c\x00\x01\x00\x07flood/#\x00");
    deaf.write_all(&hello).await.unwrap();
    let mut answer = [0; 9];
    within("the subscription", deaf.read_exact(&mut answer)).await.unwrap();
    let mut other = broker.other("other").await;
    for _ in 0..400 {
        other.client.publish("flood/x", QoS::AtMostOnce, false, vec![b'x'; 100_000]).await.unwrap();
    }
    other.publish("flood/end", "end", false).await;
    hub.seen.message("flood/end").await;
    let flood = hub.seen.messages().iter().filter(|message| message.topic == "flood/x").count();
    assert_eq!(flood, 400);
    hub.stop().await;
}

#[tokio::test]
async fn a_newer_connection_of_the_same_name_takes_over() {
    let broker = TestBroker::start(Kind::Embedded).await;
    let first = Running::start(ClientSettings { clean_session: false, ..broker.settings() });
    first.seen.up(1).await;
    let mut second = broker.other("homeclaw").await;
    first.seen.down().await;
    first.shutdown.cancel();
    second.publish("still", "here", false).await;
    until("the first to have given way", || first.client.counters().connects.load(Ordering::Relaxed) >= 1)
        .await;
    first.stop().await;
}
