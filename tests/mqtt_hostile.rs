//! What no well-behaved client does to the embedded broker.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod mqtt_support;

use std::sync::Arc;

use homeclaw::hub::ports::Mqtt as _;
use homeclaw::model::{HealthLevel, Inbound};
use homeclaw::mqtt::{Broker, BrokerSettings, Client, ClientSettings, ClientTask, Gone, Sink, TaskError};
use mqtt_support::{Kind, Other, Seen, TestBroker, embedded, hello, login, until, within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

async fn logged_in(broker: &TestBroker, client: &str) -> TcpStream {
    let mut socket = TcpStream::connect(broker.address()).await.unwrap();
    socket.write_all(&hello(client)).await.unwrap();
    let mut answer = [0; 4];
    within("to be let in", socket.read_exact(&mut answer)).await.unwrap();
    assert_eq!(answer[..2], [0x20, 2]);
    assert_eq!(answer[3], 0, "refused");
    socket
}

/// Reads until the broker hangs up; what it said before that.
async fn last_words(mut socket: TcpStream) -> Vec<u8> {
    let mut said = Vec::new();
    // A connection that is closed with something unread is reset.
    let _ = within("the broker to hang up", socket.read_to_end(&mut said)).await;
    said
}

async fn still_works(broker: &TestBroker) {
    let mut other = broker.other("other").await;
    other.subscribe("still/#").await;
    other.publish("still/alive", "yes", false).await;
}

#[tokio::test]
async fn other_versions_are_told_so() {
    let broker = TestBroker::start(Kind::Embedded).await;
    for (connect, answer) in [
        // MQTT 5, with its properties.
        (&b"\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03abc"[..], &[0x20, 3, 0, 0x84, 0][..]),
        // MQTT 3.1.
        (b"\x10\x11\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x03abc", &[0x20, 2, 0, 1]),
        (b"\x10\x0f\x00\x04MQTT\x09\x02\x00\x3c\x00\x03abc", &[0x20, 2, 0, 1]),
    ] {
        let mut socket = TcpStream::connect(broker.address()).await.unwrap();
        socket.write_all(connect).await.unwrap();
        assert_eq!(last_words(socket).await, answer, "{connect:?}");
    }
    still_works(&broker).await;
}

/// Packets of each kind that a server does not take, cut short, or with wrong insides.
#[tokio::test]
async fn broken_packets_end_the_connection_in_every_state() {
    let broker = TestBroker::start(Kind::Embedded).await;
    let packets: [&[u8]; 14] = [
        b"\x00\x00",
        b"\xf0\x00",
        // CONNECT again, CONNACK, SUBACK, PINGRESP: none of a client that is let in.
        b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00",
        b"\x20\x02\x00\x00",
        b"\x90\x03\x00\x01\x00",
        b"\xd0\x00",
        // PUBLISH of quality 3, of quality 1 with the number 0, with a topic longer than the packet, empty.
        b"\x36\x05\x00\x01a\x00\x01",
        b"\x32\x05\x00\x01a\x00\x00",
        b"\x30\x03\x00\x09a",
        b"\x30\x02\x00\x00",
        // SUBSCRIBE without filters, with a quality of 7; UNSUBSCRIBE without a number.
        b"\x82\x02\x00\x01",
        b"\x82\x06\x00\x01\x00\x01a\x07",
        b"\xa2\x01\x00",
        // A length of five bytes.
        b"\x30\x80\x80\x80\x80\x01",
    ];
    for (number, packet) in packets.iter().enumerate() {
        let mut bare = TcpStream::connect(broker.address()).await.unwrap();
        bare.write_all(packet).await.unwrap();
        if packet[0] != 0x10 {
            assert_eq!(last_words(bare).await, b"", "before the log-in: {packet:?}");
        }
        let mut client = logged_in(&broker, &format!("evil-{number}")).await;
        client.write_all(packet).await.unwrap();
        // An answer to SUBSCRIBE without filters does no harm; staying connected is what must not be.
        client.write_all(b"\xf0\x00").await.unwrap();
        last_words(client).await;
    }
    // Acknowledgements of what was never sent harm nobody, and need no hanging up.
    let mut client = logged_in(&broker, "confused").await;
    for kind in [0x40, 0x50, 0x62, 0x70] {
        client.write_all(&[kind, 2, 0x12, 0x34]).await.unwrap();
    }
    client.write_all(b"\xc0\x00").await.unwrap();
    let mut said = Vec::new();
    while !said.ends_with(&[0xd0, 0]) {
        assert!(within("PINGRESP", client.read_buf(&mut said)).await.unwrap() > 0);
    }
    still_works(&broker).await;
}

#[tokio::test]
async fn a_packet_that_is_too_large_is_not_read() {
    let settings = BrokerSettings { max_packet: 1_000, ..embedded() };
    let broker = TestBroker::Embedded(Broker::start(settings).unwrap());
    let mut client = logged_in(&broker, "large").await;
    // Only its beginning: the length alone is enough to hang up.
    client.write_all(b"\x30\xe9\x07\x00\x01a").await.unwrap();
    last_words(client).await;
    let mut stranger = TcpStream::connect(broker.address()).await.unwrap();
    stranger.write_all(b"\x10\xff\xff\xff\x7f").await.unwrap();
    last_words(stranger).await;
    still_works(&broker).await;
}

#[tokio::test]
async fn a_thousand_clients_are_served_and_no_more() {
    const CLIENTS: u16 = 1_000;
    let settings = BrokerSettings { max_connections: usize::from(CLIENTS), ..embedded() };
    let broker = TestBroker::Embedded(Broker::start(settings).unwrap());
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let mut client = logged_in(&broker, &format!("client-{number}")).await;
        client.write_all(b"\x82\x08\x00\x01\x00\x03all\x00").await.unwrap();
        let mut answer = [0; 5];
        within("the subscription", client.read_exact(&mut answer)).await.unwrap();
        clients.push(client);
    }
    let mut surplus = TcpStream::connect(broker.address()).await.unwrap();
    surplus.write_all(&hello("surplus")).await.unwrap();
    assert_eq!(last_words(surplus).await, [0x20, 2, 0, 3]);
    clients[0].write_all(b"\x30\x07\x00\x03allhi").await.unwrap();
    for client in &mut clients {
        let mut message = [0; 9];
        within("the message", client.read_exact(&mut message)).await.unwrap();
        assert_eq!(&message, b"\x30\x07\x00\x03allhi");
    }
    // One goes, and another finds its place.
    clients.truncate(1);
    still_works_again(&broker).await;
}

/// As [`still_works`], for when the broker may not have noticed yet that there is room again.
async fn still_works_again(broker: &TestBroker) {
    let address = broker.address();
    within("room", async {
        loop {
            let mut socket = TcpStream::connect(address).await.unwrap();
            socket.write_all(&hello("late")).await.unwrap();
            let mut answer = [0; 4];
            if socket.read_exact(&mut answer).await.is_ok() && answer[3] == 0 {
                return;
            }
        }
    })
    .await;
    still_works(broker).await;
}

/// Panics at the first message that says so, and takes everything else.
#[derive(Clone, Default)]
struct Fragile(Seen);

impl Sink for Fragile {
    async fn inbound(&self, message: Inbound) -> Result<(), Gone> {
        assert!(message.payload != "fault", "a fault");
        self.0.inbound(message).await
    }

    async fn connected(&self, up: bool) -> Result<(), Gone> {
        self.0.connected(up).await
    }

    async fn health(&self, level: HealthLevel, words: String, restarts: u32) -> Result<(), Gone> {
        self.0.health(level, words, restarts).await
    }
}

#[tokio::test]
async fn the_client_can_be_started_again_after_a_fault() {
    let broker = TestBroker::start(Kind::Embedded).await;
    let settings = ClientSettings::embedded(broker.address(), Some(login()));
    let (client, task): (Client, ClientTask) = Client::new(settings).unwrap();
    let (sink, stop) = (Arc::new(Fragile::default()), CancellationToken::new());
    client.subscribe(vec!["lamp".to_owned()]);
    let mut other = Other::connect(broker.address(), "other").await;
    let first = tokio::spawn(task.clone().run(Arc::clone(&sink), stop.clone()));
    sink.0.up(1).await;
    other.publish("lamp", "fault", false).await;
    other.publish("lamp", "fault", true).await;
    let ended = within("the fault", first).await.unwrap();
    assert!(matches!(&ended, Err(TaskError::Fault(words)) if words.contains("a fault")), "{ended:?}");
    assert!(!client.is_connected());
    sink.0.down().await;

    other.publish("lamp", "on", true).await;
    let second = tokio::spawn(task.run(Arc::clone(&sink), stop.clone()));
    assert_eq!(sink.0.message("lamp").await.payload, "on");
    let message = homeclaw::model::Publish { topic: "a".into(), payload: "1".into(), qos: 1, retain: true };
    until("room to publish", || client.publish(message.clone()).is_ok()).await;
    other.client.subscribe("a", rumqttc::QoS::AtMostOnce).await.unwrap();
    other.payload("a", "1").await;
    stop.cancel();
    within("the end", second).await.unwrap().unwrap();
}
