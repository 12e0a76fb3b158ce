//! The edge of the simulation: moves bytes between the devices and the broker.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rumqttc::{
    AsyncClient, ConnectReturnCode, ConnectionError, Event, LastWill, MqttOptions, Outgoing, Packet, QoS,
    SubscribeFilter, TlsConfiguration, Transport,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::model::{Publish, Timestamp};
use crate::runtime::clock;

use super::Language;
use super::card::Setting;
use super::device::Device;
use super::home;
use super::machine::retained;

/// How long the farewell may take.
const FAREWELL: Duration = Duration::from_millis(800);
/// Shortest and longest wait between two tries to connect.
const RETRY: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));
/// Messages that rumqttc queues; the rest waits here.
const QUEUE: usize = 500;
/// Where Linux distributions keep the certificates that everybody trusts.
const SYSTEM_CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// How the demo home runs.
#[derive(Clone)]
pub struct DemoOptions {
    /// Host name or address of the broker.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// User and password.
    pub login: Option<(String, String)>,
    /// TLS instead of plain TCP.
    pub tls: bool,
    /// PEM file with the certificates to trust; the system's own otherwise.
    pub ca_file: Option<PathBuf>,
    /// By which the broker knows the program.
    pub client_id: String,
    /// Where devices announce themselves.
    pub discovery_prefix: String,
    /// What every other topic starts with.
    pub topic_prefix: String,
    /// In which language the devices are named.
    pub language: Language,
    /// The same seed gives the same home: when the lock jams, how sensors drift.
    pub seed: u64,
}

impl Default for DemoOptions {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 1883,
            login: None,
            tls: false,
            ca_file: None,
            client_id: "homeclaw-demo".to_owned(),
            discovery_prefix: "homeassistant".to_owned(),
            topic_prefix: "demo".to_owned(),
            language: Language::English,
            seed: 1,
        }
    }
}

impl fmt::Debug for DemoOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, tls, client_id, language, seed, .. } = self;
        write!(f, "DemoOptions {{ {host}:{port}, tls {tls}, {client_id}, {language:?}, seed {seed} }}")
    }
}

/// Why the demo home does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// The certificates cannot be read.
    #[error("{path}: {error}", path = .path.display())]
    Certificates {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The broker does not want this client.
    #[error("the broker at {address} refuses the demo ({reason}): check user and password")]
    Refused {
        /// Where.
        address: String,
        /// In the protocol's words.
        reason: String,
    },
    /// The prefix of the topics holds a character that no topic may hold.
    #[error("{0:?} cannot start a topic: it must not be empty nor hold +, # or $")]
    Prefix(String),
}

/// Runs the demo home until `shutdown`. A broker that is away is waited for.
///
/// # Errors
/// [`DemoError`] when waiting would not help.
pub async fn run(options: DemoOptions, shutdown: CancellationToken) -> Result<(), DemoError> {
    for prefix in [&options.topic_prefix, &options.discovery_prefix] {
        if prefix.is_empty() || prefix.contains(['+', '#', '$', '\0']) {
            return Err(DemoError::Prefix(prefix.clone()));
        }
    }
    let setting = Setting {
        language: options.language,
        discovery: options.discovery_prefix.clone(),
        base: options.topic_prefix.clone(),
    };
    let mut home = Home::new(&setting, options.seed);
    let mqtt = mqtt_options(&options, &setting).await?;
    let address = format!("{}:{}", options.host, options.port);
    let mut wait = RETRY.0;
    loop {
        match connect_once(mqtt.clone(), &mut home, &shutdown).await {
            End::Stopped => return Ok(()),
            End::Broken(ConnectionError::ConnectionRefused(code))
                if code != ConnectReturnCode::ServiceUnavailable =>
            {
                return Err(DemoError::Refused { address, reason: format!("{code:?}") });
            }
            End::Broken(error) => {
                tracing::warn!(broker = address, ?wait, "the demo home has no connection: {error}");
            }
            End::BrokenAfterUse(error) => {
                tracing::warn!(broker = address, "the demo home lost its connection: {error}");
                wait = RETRY.0;
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            () = tokio::time::sleep(wait) => {}
        }
        wait = (wait * 2).min(RETRY.1);
    }
}

async fn mqtt_options(options: &DemoOptions, setting: &Setting) -> Result<MqttOptions, DemoError> {
    let mut mqtt = MqttOptions::new(&options.client_id, &options.host, options.port);
    mqtt.set_keep_alive(Duration::from_secs(20))
        .set_max_packet_size(256 * 1024, 256 * 1024)
        .set_last_will(LastWill::new(setting.status(), "offline", QoS::AtLeastOnce, true));
    if let Some((user, password)) = &options.login {
        mqtt.set_credentials(user, password);
    }
    if options.tls || options.ca_file.is_some() {
        let path = options.ca_file.clone().unwrap_or_else(|| Path::new(SYSTEM_CERTIFICATES).to_owned());
        let ca = tokio::fs::read(&path).await.map_err(|error| DemoError::Certificates { path, error })?;
        let tls = TlsConfiguration::Simple { ca, alpn: None, client_auth: None };
        mqtt.set_transport(Transport::tls_with_config(tls));
    }
    Ok(mqtt)
}

enum End {
    Stopped,
    /// There was no connection.
    Broken(ConnectionError),
    /// There was one.
    BrokenAfterUse(ConnectionError),
}

/// All devices, who listens where, and what waits to go out.
struct Home {
    setting: Setting,
    devices: Vec<Device>,
    /// Which devices take commands on a topic.
    listeners: HashMap<String, usize>,
    outbox: VecDeque<Publish>,
    connected: bool,
}

impl Home {
    fn new(setting: &Setting, seed: u64) -> Self {
        let devices = home::devices(setting, seed);
        let listeners = (0..)
            .zip(&devices)
            .flat_map(|(index, device)| device.topics().into_iter().map(move |topic| (topic, index)))
            .collect();
        Self { setting: setting.clone(), devices, listeners, outbox: VecDeque::new(), connected: false }
    }

    fn birth_topic(&self) -> String {
        format!("{}/status", self.setting.discovery)
    }

    fn provoke_prefix(&self) -> String {
        format!("{}/provoke/", self.setting.base)
    }

    fn filters(&self) -> Vec<SubscribeFilter> {
        let own = [self.birth_topic(), format!("{}+", self.provoke_prefix())];
        let topics = self.listeners.keys().cloned().chain(own);
        topics.map(|topic| SubscribeFilter::new(topic, QoS::AtMostOnce)).collect()
    }

    /// Says everything: who is there, and how everything is.
    fn announce(&mut self, now: Timestamp) {
        self.outbox.clear();
        self.outbox.push_back(retained(self.setting.status(), "online"));
        self.outbox.extend(self.devices.iter().flat_map(Device::announce));
        self.outbox.extend(self.devices.iter().flat_map(|device| device.report(now)));
    }

    fn farewell(&mut self) {
        self.outbox.extend(self.devices.iter().map(Device::farewell));
        let last = retained(self.setting.status(), "offline");
        self.outbox.push_back(Publish { qos: 1, ..last });
    }

    fn receive(&mut self, topic: &str, payload: &str, now: Timestamp) {
        if topic == self.birth_topic() {
            if payload == "online" {
                self.announce(now);
            }
            return;
        }
        let said = if let Some(id) = topic.strip_prefix(&self.provoke_prefix()) {
            let device = self.devices.iter_mut().find(|device| device.id == id);
            let said = device.and_then(|device| device.provoke(payload.trim(), now));
            if said.is_none() {
                tracing::warn!(device = id, word = payload, "no simulated device knows this word");
            }
            said
        } else {
            let device = self.listeners.get(topic).and_then(|index| self.devices.get_mut(*index));
            device.map(|device| device.receive(topic, payload, now))
        };
        self.outbox.extend(said.into_iter().flatten());
    }

    fn tick(&mut self, now: Timestamp) {
        for device in &mut self.devices {
            if device.due().is_some_and(|due| due <= now) {
                let said = device.tick(now);
                if self.connected {
                    self.outbox.extend(said);
                }
            }
        }
    }

    /// How long until something is due.
    fn idle(&self, now: Timestamp) -> Duration {
        let next = self.devices.iter().filter_map(Device::due).min();
        next.map_or(Duration::from_secs(60), |due| due.since(now).max(Duration::from_millis(5)))
    }

    /// Hands over what there is room for.
    fn flush(&mut self, client: &AsyncClient) {
        while let Some(message) = self.outbox.front() {
            let Publish { topic, payload, retain, qos } = message.clone();
            let qos = if qos == 0 { QoS::AtMostOnce } else { QoS::AtLeastOnce };
            if client.try_publish(topic, qos, retain, payload).is_err() {
                return;
            }
            self.outbox.pop_front();
        }
    }
}

/// Polls rumqttc in a task of its own: it must not be dropped half way.
async fn drive(mut eventloop: rumqttc::EventLoop, events: mpsc::Sender<Event>) -> Option<ConnectionError> {
    loop {
        match eventloop.poll().await {
            Ok(event) => {
                let last = matches!(event, Event::Outgoing(Outgoing::Disconnect));
                if events.send(event).await.is_err() || last {
                    return None;
                }
            }
            Err(error) => return Some(error),
        }
    }
}

async fn connect_once(options: MqttOptions, home: &mut Home, shutdown: &CancellationToken) -> End {
    let (client, mut eventloop) = AsyncClient::new(options, QUEUE);
    eventloop.network_options.set_tcp_nodelay(true);
    let (sender, mut events) = mpsc::channel(64);
    let driver = tokio::spawn(drive(eventloop, sender));
    let abort = driver.abort_handle();
    home.connected = false;
    let mut used = false;
    loop {
        let idle = home.idle(clock::now());
        tokio::select! {
            event = events.recv() => match event {
                Some(Event::Incoming(Packet::ConnAck(_))) => {
                    used = true;
                    let _ = client.try_subscribe_many(home.filters());
                }
                Some(Event::Incoming(Packet::SubAck(_))) => {
                    // Only now would a command that follows the announcement be heard.
                    home.connected = true;
                    home.announce(clock::now());
                    tracing::info!(devices = home.devices.len(), "the demo home is connected");
                }
                Some(Event::Incoming(Packet::Publish(message))) => {
                    let payload = String::from_utf8_lossy(&message.payload);
                    home.receive(&message.topic, &payload, clock::now());
                }
                Some(_) => {}
                None => break,
            },
            () = tokio::time::sleep(idle) => home.tick(clock::now()),
            () = shutdown.cancelled() => {
                if home.connected {
                    say_farewell(home, &client, &mut events).await;
                }
                abort.abort();
                return End::Stopped;
            }
        }
        if home.connected {
            home.flush(&client);
        }
    }
    home.connected = false;
    home.outbox.clear();
    match driver.await {
        Ok(Some(error)) if used => End::BrokenAfterUse(error),
        Ok(Some(error)) => End::Broken(error),
        _ => End::Stopped,
    }
}

/// Every device says that it goes, then the connection is closed.
async fn say_farewell(home: &mut Home, client: &AsyncClient, events: &mut mpsc::Receiver<Event>) {
    home.farewell();
    let _ = tokio::time::timeout(FAREWELL, async {
        loop {
            home.flush(client);
            match events.recv().await {
                // A connection closed while the broker writes to it loses what the broker has not read yet, so
                // the last message is acknowledged first.
                Some(Event::Incoming(Packet::PubAck(_))) => drop(client.try_disconnect()),
                Some(_) => {}
                None => return,
            }
        }
    })
    .await;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    fn home(language: Language) -> Home {
        let base = "demo".to_owned();
        let setting = Setting { language, discovery: "homeassistant".to_owned(), base };
        Home::new(&setting, 1)
    }

    fn announced(language: Language) -> Vec<Publish> {
        let mut home = home(language);
        home.announce(Timestamp::from_millis(1_000));
        home.outbox.into()
    }

    #[test]
    fn every_announcement_is_whole_and_its_topics_are_served() {
        let home = home(Language::English);
        let said = announced(Language::English);
        let states: BTreeSet<&str> = said.iter().map(|message| message.topic.as_str()).collect();
        let (mut devices, mut identities) = (BTreeSet::new(), BTreeSet::new());
        for message in
            said.iter().filter(|m| m.topic.ends_with("/config") && m.topic.starts_with("homeassistant/"))
        {
            assert!(message.retain);
            let config: Value = serde_json::from_slice(&message.payload).unwrap();
            let entities: Vec<Value> = match config.get("cmps") {
                Some(Value::Object(components)) => components.values().cloned().collect(),
                _ => vec![config.clone()],
            };
            let device = config.get("device").or_else(|| config.get("dev")).unwrap();
            assert!(device.get("suggested_area").is_some(), "{}", message.topic);
            devices.insert(device["identifiers"][0].to_string());
            for entity in entities {
                assert!(identities.insert(entity["unique_id"].to_string()), "twice: {entity}");
                for (key, value) in
                    entity.as_object().unwrap().iter().filter(|(key, _)| key.ends_with("_topic"))
                {
                    let topic = value.as_str().unwrap();
                    let served = if key.contains("command") || key.starts_with("set_") {
                        home.listeners.contains_key(topic)
                    } else {
                        // An event says nothing before it happens.
                        states.contains(topic) || topic.ends_with("/doorbell")
                    };
                    assert!(served, "{key} {topic} of {}", message.topic);
                }
            }
        }
        assert!((24..=36).contains(&(devices.len() + 2)), "{}", devices.len());
        let kinds: BTreeSet<&str> = said
            .iter()
            .filter_map(|m| m.topic.strip_prefix("homeassistant/"))
            .filter_map(|t| t.split('/').next())
            .collect();
        for kind in ["light", "sensor", "binary_sensor", "lock", "cover", "valve", "fan", "device"] {
            assert!(kinds.contains(kind), "{kind}");
        }
    }

    #[test]
    fn names_are_in_the_language_and_identities_are_not() {
        let topics = |language| announced(language).into_iter().map(|m| m.topic).collect::<Vec<_>>();
        assert_eq!(topics(Language::English), topics(Language::Chinese));
        let said = announced(Language::Chinese);
        let light = said
            .iter()
            .find(|m| m.topic == "homeassistant/light/demo_living_room_light/light/config")
            .unwrap();
        let config: Value = serde_json::from_slice(&light.payload).unwrap();
        assert_eq!(config["device"]["name"], "客厅灯");
        assert_eq!(config["device"]["suggested_area"], "客厅");
    }

    #[test]
    fn a_birth_message_brings_everything_again() {
        let mut home = home(Language::English);
        home.receive("homeassistant/status", "offline", Timestamp::from_millis(1));
        assert!(home.outbox.is_empty());
        home.receive("homeassistant/status", "online", Timestamp::from_millis(1));
        assert!(home.outbox.len() > 80, "{}", home.outbox.len());
    }

    #[test]
    fn anything_can_be_thrown_at_it() {
        let mut home = home(Language::English);
        let topics: Vec<String> = home.listeners.keys().cloned().collect();
        for (step, topic) in (0..).zip(&topics) {
            for payload in [
                "",
                "null",
                "{}",
                "[1]",
                "ON",
                "-1",
                "1e999",
                "NaN",
                "\u{fffd}",
                r#"{"state":5,"brightness":"x","color":7}"#,
            ] {
                home.receive(topic, payload, Timestamp::from_millis(step * 10));
            }
        }
        for hour in 0..48 {
            let now = Timestamp::from_millis(hour * 3_600_000);
            home.tick(now);
            assert!(home.idle(now) <= Duration::from_secs(3_600));
        }
    }

    #[test]
    fn what_is_provoked_happens() {
        let mut home = home(Language::English);
        home.receive("demo/provoke/bathroom_leak", "wet", Timestamp::from_millis(1));
        let wet = home.outbox.iter().any(|m| {
            m.topic == "demo/zigbee2mqtt/bathroom_leak"
                && String::from_utf8_lossy(&m.payload).contains(r#""water_leak":true"#)
        });
        assert!(wet);
        home.outbox.clear();
        home.receive("demo/provoke/nobody", "wet", Timestamp::from_millis(1));
        assert!(home.outbox.is_empty());
    }
}
