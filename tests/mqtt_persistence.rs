//! What the embedded broker keeps: retained messages and sessions outlive it, whatever ends it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod mqtt_support;

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use homeclaw::mqtt::{Broker, BrokerSettings, ClientSettings, Persistence};
use mqtt_support::{Other, PASSWORD, Running, USER, embedded, login, sleeper, until, within};
use rumqttc::{Event, Packet, QoS};

fn keeping(file: PathBuf) -> BrokerSettings {
    let interval = Duration::from_millis(20);
    BrokerSettings { persistence: Some(Persistence { file, interval }), ..embedded() }
}

/// Subscribes to `mail/#` and goes to sleep.
async fn fall_asleep(address: SocketAddr) {
    let (client, mut eventloop, present) = sleeper(address).await;
    assert!(!present);
    client.subscribe("mail/#", QoS::ExactlyOnce).await.unwrap();
    within("the subscription", async {
        while !matches!(eventloop.poll().await.unwrap(), Event::Incoming(Packet::SubAck(_))) {}
    })
    .await;
}

/// Wakes up and finds the mail, in order.
async fn wake_up(address: SocketAddr, mail: usize) {
    let (_client, mut eventloop, present) = sleeper(address).await;
    assert!(present);
    let mut next = 0;
    within("the mail", async {
        while next < mail {
            if let Event::Incoming(Packet::Publish(publish)) = eventloop.poll().await.unwrap() {
                assert_eq!((publish.topic, publish.qos), (format!("mail/{next}"), QoS::AtLeastOnce));
                next += 1;
            }
        }
    })
    .await;
}

/// Fills a broker with what is to be kept.
async fn fill(address: SocketAddr) {
    fall_asleep(address).await;
    let mut device = Other::connect(address, "device").await;
    device.publish("homeassistant/light/客厅/config", "{}", true).await;
    device.publish("gone", "1", true).await;
    device.publish("gone", "", true).await;
    device.publish("lamp", "off", true).await;
    device.publish("lamp", "on", true).await;
    // More than are under way at once.
    for n in 0..150 {
        device.publish(&format!("mail/{n}"), "letter", false).await;
    }
}

/// Everything that [`fill`] put there is there.
async fn check(address: SocketAddr) {
    let mut device = Other::connect(address, "device").await;
    device.client.subscribe("#", QoS::AtMostOnce).await.unwrap();
    let mut found = std::collections::BTreeMap::new();
    device.client.publish("end", QoS::AtLeastOnce, false, "").await.unwrap();
    loop {
        match device.packet("what is retained", |_| true).await {
            Packet::Publish(publish) if publish.retain => {
                found.insert(publish.topic, String::from_utf8(publish.payload.to_vec()).unwrap());
            }
            Packet::PubAck(_) => break,
            _ => {}
        }
    }
    found.retain(|topic, _| !topic.starts_with("homeclaw/") && topic != "marker");
    let expected = [("homeassistant/light/客厅/config", "{}"), ("lamp", "on")];
    let expected = expected.map(|(topic, payload)| (topic.to_owned(), payload.to_owned()));
    assert_eq!(found, std::collections::BTreeMap::from(expected));
    wake_up(address, 150).await;
}

#[tokio::test]
async fn a_clean_stop_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    // Nothing is due for long: only the stop writes.
    let interval = Duration::from_secs(3_600);
    let file = folder.path().join("state");
    let settings = BrokerSettings { persistence: Some(Persistence { file, interval }), ..embedded() };
    let broker = Broker::start(settings.clone()).unwrap();
    fill(broker.address()).await;
    broker.stop().await;
    let broker = Broker::start(settings).unwrap();
    check(broker.address()).await;
    broker.stop().await;
}

#[tokio::test]
async fn a_damaged_file_is_kept_aside_and_the_broker_starts_empty() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    let broker = Broker::start(keeping(file.clone())).unwrap();
    fill(broker.address()).await;
    broker.stop().await;
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&file, &bytes).unwrap();
    let broker = Broker::start(keeping(file.clone())).unwrap();
    // It works, and keeps again.
    fill(broker.address()).await;
    assert_eq!(fs::read(folder.path().join("state.unreadable")).unwrap(), bytes);
    broker.stop().await;
    let broker = Broker::start(keeping(file)).unwrap();
    check(broker.address()).await;
    broker.stop().await;
}

#[tokio::test]
async fn a_full_disk_is_told_and_the_old_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    let broker = Broker::start(keeping(file.clone())).unwrap();
    fill(broker.address()).await;
    broker.stop().await;
    let before = fs::read(&file).unwrap();

    let broker = Broker::start(keeping(file.clone())).unwrap();
    let mut trouble = broker.trouble();
    // Where the new file would be written there is no room.
    fs::create_dir(folder.path().join("state.new")).unwrap();
    let mut device = Other::connect(broker.address(), "device").await;
    device.publish("marker", "1", true).await;
    let told = |trouble: &Option<String>| trouble.is_some();
    let words = within("word of it", trouble.wait_for(told)).await.unwrap().clone().unwrap();
    assert!(words.contains(&file.display().to_string()) && words.contains("cannot be saved"), "{words}");
    assert_eq!(fs::read(&file).unwrap(), before);
    fs::remove_dir(folder.path().join("state.new")).unwrap();
    within("word that it is over", trouble.wait_for(Option::is_none)).await.unwrap();
    assert_ne!(fs::read(&file).unwrap(), before);

    std::os::unix::fs::symlink("/dev/full", folder.path().join("state.new")).unwrap();
    device.publish("marker", "", true).await;
    let words = within("word of it", trouble.wait_for(told)).await.unwrap().clone().unwrap();
    assert!(words.contains("No space left"), "{words}");
    within("word that it is over", trouble.wait_for(Option::is_none)).await.unwrap();
    broker.stop().await;
    let broker = Broker::start(keeping(file)).unwrap();
    check(broker.address()).await;
    broker.stop().await;
}

#[tokio::test]
async fn a_broker_that_starts_again_is_found_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let settings = keeping(folder.path().join("state"));
    let broker = Broker::start(settings.clone()).unwrap();
    let (listeners, local) = (broker.listeners().clone(), broker.local_address());
    let hub = Running::start(ClientSettings::embedded(local, Some(login())));
    hub.subscribe(&["lamp"]);
    hub.seen.up(1).await;
    hub.publish("lamp", "on", 1, true).await;
    hub.seen.message("lamp").await;
    broker.stop().await;
    hub.seen.down().await;
    // Port 0 in the settings would be another one.
    let broker = Broker::start_on(listeners, settings).unwrap();
    assert_eq!(broker.local_address(), local);
    hub.seen.up(2).await;
    hub.seen.count("the lamp once more", 2, |message| message.payload == "on").await;
    hub.stop().await;
    broker.stop().await;
}

/// The real program in a folder of its own.
struct Hub {
    process: Child,
    address: SocketAddr,
}

impl Hub {
    async fn start(folder: &Path, port: u16) -> Self {
        let config = folder.join("config.yml");
        let text = format!(
            "storage: {{ path: {folder:?} }}\nweb: {{ listen: '127.0.0.1:0' }}\nmqtt: {{ embedded: {{ listen: \
             '127.0.0.1:{port}', user: {USER}, password: {PASSWORD}, persistence_interval: 1s }} }}\n"
        );
        fs::write(&config, text).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_homeclaw"));
        let process =
            process.args(["run", "--config"]).arg(&config).stdin(Stdio::null()).stdout(Stdio::null());
        let address = ([127, 0, 0, 1], port).into();
        let hub = Self { process: process.spawn().unwrap(), address };
        until("the broker to listen", || std::net::TcpStream::connect(address).is_ok()).await;
        hub
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Which file it is: another one after each time that it is replaced.
fn edition(file: &Path) -> Option<(u64, i64, i64)> {
    fs::metadata(file).ok().map(|data| (data.ino(), data.mtime(), data.mtime_nsec()))
}

async fn replaced(file: &Path, before: Option<(u64, i64, i64)>) {
    until("the file to be written", || edition(file).is_some_and(|now| Some(now) != before)).await;
}

#[tokio::test]
async fn a_killed_hub_has_what_was_there_seconds_before() {
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let file = folder.path().join("mqtt-broker");
    let hub = Hub::start(folder.path(), port).await;
    fill(hub.address).await;
    let mut device = Other::connect(hub.address, "marker").await;
    // The file that comes next may have been begun before the last letter; the one after it was not.
    for marker in ["1", ""] {
        let before = edition(&file);
        device.publish("marker", marker, true).await;
        replaced(&file, before).await;
    }
    hub.kill();
    let hub = Hub::start(folder.path(), port).await;
    check(hub.address).await;
    hub.kill();
}
