//! The real program is asked to stop while much is going on: everybody is told, nothing confirmed is lost, and
//! nothing has to be cut off. The deadlines are the hub's own (`app::App::stop`); a part that passes one is named
//! in the log, and that is what is looked for here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::StreamExt as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// How many panels, and how many devices, are connected.
const EACH: usize = 50;
/// Long enough for a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(60);

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

struct Hub {
    process: Child,
    log: Option<std::thread::JoinHandle<String>>,
    web: u16,
    mqtt: u16,
    token: String,
    password: String,
}

impl Hub {
    fn start(folder: &Path) -> Self {
        let (web, mqtt) = (free_port(), free_port());
        let mut process = Command::new(env!("CARGO_BIN_EXE_homeclaw"))
            .args(["run", "--state-dir", folder.to_str().unwrap()])
            .env("HOMECLAW_WEB__LISTEN", format!("127.0.0.1:{web}"))
            .env("HOMECLAW_MQTT__EMBEDDED__LISTEN", format!("127.0.0.1:{mqtt}"))
            .env("HOMECLAW_LOG__LEVEL", "info")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Read all the time: a full pipe would stop the hub.
        let mut errors = process.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            errors.read_to_string(&mut log).unwrap();
            log
        });
        let mut greeting = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut greeting).unwrap();
        assert!(greeting.starts_with("Panel:"), "{greeting}");
        let read = |name| std::fs::read_to_string(folder.join(name)).unwrap().trim().to_owned();
        Self { process, log: Some(log), web, mqtt, token: read("cli-token"), password: read("mqtt-password") }
    }

    /// One client of the broker; what comes to it is handed on.
    fn client(&self, name: &str) -> (AsyncClient, mpsc::Receiver<Packet>) {
        let mut options = MqttOptions::new(name, "127.0.0.1", self.mqtt);
        options.set_credentials("homeclaw", &self.password);
        let (client, mut events) = AsyncClient::new(options, 10);
        let (heard, hears) = mpsc::channel(100);
        tokio::spawn(async move {
            while let Ok(event) = events.poll().await {
                if let Event::Incoming(packet) = event {
                    // Nobody may listen any more.
                    let _ = heard.send(packet).await;
                }
            }
        });
        (client, hears)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://127.0.0.1:{}/api/v1{path}", self.web))
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Content-Type", "application/json")
            .body(body.to_string())
            .unwrap();
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build();
        let mut response = ureq::Agent::from(config).run(request).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), serde_json::from_str(&text).unwrap_or_default())
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.process.id()).unwrap()), signal).unwrap();
    }

    /// What it wrote to its log, once it has ended well.
    fn ended(mut self) -> String {
        let status = self.process.wait().unwrap();
        let log = self.log.take().unwrap().join().unwrap();
        assert!(status.success(), "{status}: {log}");
        log
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // It has ended already when all went well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

async fn packet(hears: &mut mpsc::Receiver<Packet>, fits: impl Fn(&Packet) -> bool) {
    within("a packet", async { while !hears.recv().await.is_some_and(|packet| fits(&packet)) {} }).await;
}

async fn panel(hub: &Hub) -> tokio::task::JoinHandle<bool> {
    let mut request = format!("ws://127.0.0.1:{}/api/v1/ws", hub.web).into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {}", hub.token).parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().is_text(), "a snapshot");
    // Whether it is told why the connection ends.
    tokio::spawn(async move {
        while let Some(Ok(message)) = socket.next().await {
            if let Message::Close(Some(frame)) = message {
                return frame.reason.contains("stopping");
            }
        }
        false
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_hub_stops_well() {
    let folder = tempfile::tempdir().unwrap();
    let hub = Hub::start(folder.path());
    let mut panels = Vec::new();
    let mut devices = Vec::new();
    for number in 0..EACH {
        panels.push(panel(&hub).await);
        let (client, mut hears) = hub.client(&format!("device{number}"));
        packet(&mut hears, |packet| matches!(packet, Packet::ConnAck(_))).await;
        devices.push((client, hears));
    }
    // A lamp that takes commands and says nothing: a conversation about it waits.
    let (lamp, mut hears) = hub.client("lamp");
    lamp.subscribe("lamp/set", QoS::AtLeastOnce).await.unwrap();
    packet(&mut hears, |packet| matches!(packet, Packet::SubAck(_))).await;
    let config = json!({ "name": "Kitchen light", "unique_id": "lamp", "command_topic": "lamp/set", "state_topic": "lamp" });
    let topic = "homeassistant/light/lamp/config";
    lamp.publish(topic, QoS::AtLeastOnce, true, config.to_string()).await.unwrap();
    while hub.ask("GET", "/entities/light.kitchen_light", &Value::Null).0 != 200 {
        tokio::task::yield_now().await;
    }
    let item = json!({ "summary": "what was confirmed" });
    assert_eq!(hub.ask("POST", "/lists/shopping/items", &item).0, 201);
    let url = format!("http://127.0.0.1:{}/api/v1/conversation", hub.web);
    let bearer = format!("Bearer {}", hub.token);
    let talk = std::thread::spawn(move || {
        let sentence = json!({ "text": "turn on the kitchen light", "language": "en" });
        let request = ureq::post(&url).header("Authorization", &bearer);
        let request = request.config().http_status_as_error(false).timeout_global(Some(PATIENCE)).build();
        request.send_json(sentence).unwrap().status().as_u16()
    });
    packet(&mut hears, |packet| matches!(packet, Packet::Publish(_))).await;

    // More than once, as impatient people do.
    hub.signal(Signal::SIGTERM);
    hub.signal(Signal::SIGINT);
    hub.signal(Signal::SIGTERM);
    let log = tokio::task::spawn_blocking(move || hub.ended()).await.unwrap();
    assert!(log.contains("stopped") && !log.contains("in time"), "{log}");
    for told in panels {
        assert!(within("a panel to be told", told).await.unwrap(), "a panel was cut off without a word");
    }
    // The lamp never confirmed; whoever asked is told one way or the other.
    let answered = talk.join().unwrap();
    assert!(matches!(answered, 200 | 503), "{answered}");

    let hub = Hub::start(folder.path());
    let lists = hub.ask("GET", "/lists", &Value::Null).1;
    assert!(lists.to_string().contains("what was confirmed"), "{lists}");
    assert_eq!(hub.ask("GET", "/entities/light.kitchen_light", &Value::Null).0, 200);
    hub.signal(Signal::SIGINT);
    hub.ended();
}
