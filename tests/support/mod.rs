//! A whole hub in this process, as `app` joins it, with devices that speak with it over real MQTT.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "shared by several test programs; each uses its own part of it"
)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use homeclaw::app::{App, Options};
use homeclaw::config::{Source, Watcher};
use homeclaw::hub::{Handle, Home};
use homeclaw::intent::Language;
use homeclaw::model::{Channel, EntityId, Message, MessageId, Reply};
use homeclaw::runtime::{Telemetry, clock};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

/// Long enough for a machine that is busy with other things; nothing waits this long when all is well.
pub const PATIENCE: Duration = Duration::from_secs(60);

const USER: &str = "homeclaw";
const PASSWORD: &str = "correct-horse";

/// Waits for something, and says what it was when it does not come.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {PATIENCE:?} in vain for: {what}"),
    }
}

/// A running hub in a folder of its own, on ports of its own.
pub struct TestHub {
    app: App,
    // The watcher's end: without it, the hub would stop listening for changes.
    watcher: Watcher,
}

impl TestHub {
    /// Starts a hub in a folder, with more settings (YAML) than the ports.
    pub async fn start(folder: &Path, more: &str) -> Self {
        let text = format!(
            "storage: {{ path: {folder:?} }}\n\
             web: {{ listen: '127.0.0.1:0' }}\n\
             mqtt: {{ embedded: {{ listen: '127.0.0.1:0', user: {USER}, password: {PASSWORD} }} }}\n{more}"
        );
        let path = folder.join("config.yml");
        std::fs::write(&path, &text).unwrap();
        let source = Source::new(Some(path), BTreeMap::new(), Language::available().to_vec());
        let config = source.load().unwrap().config;
        let (watcher, reloads) = Watcher::new(source, config.clone());
        let options = Options { config, telemetry: Telemetry::default(), reloads, demo: None };
        let app = App::start(options).await.unwrap();
        within("the hub to be ready", app.readiness().ready()).await;
        Self { app, watcher }
    }

    pub fn handle(&self) -> &Handle {
        self.app.handle()
    }

    pub async fn stop(self) {
        within("the hub to stop", self.app.stop()).await;
    }

    /// The configuration is another now; the hub looks at it at once.
    pub fn reconfigure(&mut self, folder: &Path, change: impl FnOnce(String) -> String) {
        let path = folder.join("config.yml");
        let text = change(std::fs::read_to_string(&path).unwrap());
        std::fs::write(&path, text).unwrap();
        self.watcher.reload();
    }

    /// Waits until the home is as it should be.
    pub async fn until<T: Send + 'static>(
        &self,
        what: &str,
        test: impl Fn(&Home) -> Option<T> + Clone + Send + 'static,
    ) -> T {
        within(what, async {
            let mut events = self.handle().events();
            loop {
                if let Some(found) = self.handle().read(test.clone()).await.unwrap() {
                    return found;
                }
                match events.recv().await {
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => panic!("the hub is gone"),
                }
            }
        })
        .await
    }

    /// Waits until an entity is in a state.
    pub async fn until_state(&self, entity: &str, state: &'static str) {
        let id = EntityId::new(entity).unwrap();
        let is = move |home: &Home| home.view().states.get(&id).filter(|s| s.shown() == state).map(|_| ());
        self.until(&format!("{entity} to be {state}"), is).await;
    }

    /// Says something to the hub.
    pub async fn say(&self, text: &str) -> Reply {
        self.say_in(text, None).await
    }

    pub async fn say_in(&self, text: &str, language: Option<&str>) -> Reply {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let message = Message {
            id: MessageId::new(&format!("test-{number}")).unwrap(),
            channel: Channel::Panel,
            sender: None,
            content: text.to_owned(),
            language: language.map(str::to_owned),
            area: None,
            time: clock::now(),
        };
        within("a reply", self.handle().converse(message)).await.unwrap()
    }

    /// A device's connection to the hub's broker.
    pub async fn device(&self, client_id: &str) -> Device {
        let address = self.app.broker_address().unwrap();
        let mut options = MqttOptions::new(client_id, address.ip().to_string(), address.port());
        options.set_credentials(USER, PASSWORD).set_keep_alive(Duration::from_secs(60));
        let (client, mut eventloop) = AsyncClient::new(options, 256);
        let (sender, messages) = mpsc::channel(1_024);
        let (acknowledge, acknowledged) = mpsc::channel(1_024);
        let task = tokio::spawn(async move {
            while let Ok(event) = eventloop.poll().await {
                match event {
                    Event::Incoming(Packet::Publish(publish)) => {
                        let payload = String::from_utf8_lossy(&publish.payload).into_owned();
                        if sender.send((publish.topic, payload)).await.is_err() {
                            return;
                        }
                    }
                    Event::Incoming(Packet::SubAck(_) | Packet::PubAck(_)) => {
                        let _ = acknowledge.send(()).await;
                    }
                    _ => {}
                }
            }
        });
        Device { client, messages, acknowledged, task }
    }

    /// A light that does what it is told, as many as there are names; they suggest the area before the dot.
    pub async fn lights(&self, names: &[&str]) -> Device {
        let mut device = self.device("lights").await;
        device.subscribe("lights/+/set").await;
        for (number, name) in names.iter().enumerate() {
            let (area, name) = name.split_once('.').unwrap();
            device.announce("light", &format!("lamp{number}"), json!({
                "name": null, "unique_id": format!("lamp{number}"),
                "state_topic": format!("lights/{number}/state"), "command_topic": format!("lights/{number}/set"),
                "device": { "identifiers": [format!("lamp{number}")], "name": name, "suggested_area": area },
            })).await;
            device.publish(&format!("lights/{number}/state"), "OFF").await;
        }
        let count = names.len();
        let off = move |home: &Home| {
            let states = home.view().states.values();
            (states.filter(|state| state.state == "off").count() == count).then_some(())
        };
        self.until("the lights to be there", off).await;
        device
    }
}

/// Something that speaks MQTT. Gone when dropped.
pub struct Device {
    client: AsyncClient,
    messages: mpsc::Receiver<(String, String)>,
    acknowledged: mpsc::Receiver<()>,
    task: tokio::task::JoinHandle<()>,
}

impl Device {
    pub async fn publish(&mut self, topic: &str, payload: &str) {
        // Retained, as devices do: the hub may subscribe only after this.
        self.client.publish(topic, QoS::AtLeastOnce, true, payload).await.unwrap();
        within("the broker to have it", self.acknowledged.recv()).await.unwrap();
    }

    pub async fn announce(&mut self, component: &str, object: &str, config: Value) {
        let topic = format!("homeassistant/{component}/{object}/config");
        self.client.publish(topic, QoS::AtLeastOnce, true, config.to_string()).await.unwrap();
        within("the broker to have it", self.acknowledged.recv()).await.unwrap();
    }

    pub async fn subscribe(&mut self, filter: &str) {
        self.client.subscribe(filter, QoS::AtLeastOnce).await.unwrap();
        within("the subscription", self.acknowledged.recv()).await.unwrap();
    }

    /// The next message to the device.
    pub async fn next(&mut self) -> (String, String) {
        within("a message to the device", self.messages.recv()).await.unwrap()
    }

    /// Does what it is told: answers each command with it as its state, until it is told to stop.
    pub fn obey(mut self) -> tokio::task::JoinHandle<()> {
        tokio::spawn(async move {
            while let Some((topic, payload)) = self.messages.recv().await {
                let answer = topic.replace("/set", "/state");
                if self.client.publish(answer, QoS::AtLeastOnce, false, payload).await.is_err() {
                    return;
                }
            }
        })
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // `obey` keeps the device whole, so its connection lives as long as that.
        self.task.abort();
    }
}
