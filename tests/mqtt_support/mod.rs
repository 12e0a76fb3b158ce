//! A broker to test against, a sink that remembers, and a second client to look from outside.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "shared by several test programs; each uses its own part of it"
)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::future::Future;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use homeclaw::hub::ports::Mqtt;
use homeclaw::model::{HealthLevel, Inbound, Publish};
use homeclaw::mqtt::{
    Broker, BrokerSettings, BrokerTls, Client, ClientSettings, Gone, Login, Sink, TaskError,
};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Long enough for a machine that is busy with other things; nothing waits this long when all is well.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub const USER: &str = "hub";
pub const PASSWORD: &str = "correct horse";

pub fn login() -> Login {
    Login { user: USER.into(), password: PASSWORD.into() }
}

/// CONNECT with the right user and password, as bytes.
pub fn hello(client: &str) -> Vec<u8> {
    let mut body = b"\x00\x04MQTT\x04\xc2\x00\x3c".to_vec();
    for text in [client, USER, PASSWORD] {
        body.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
        body.extend(text.as_bytes());
    }
    let mut packet = vec![0x10, u8::try_from(body.len()).unwrap()];
    packet.append(&mut body);
    packet
}

/// A client whose session the broker keeps; tells whether it knew the session.
pub async fn sleeper(address: SocketAddr) -> (AsyncClient, EventLoop, bool) {
    let mut options = MqttOptions::new("sleeper", address.ip().to_string(), address.port());
    options.set_credentials(USER, PASSWORD).set_clean_session(false);
    let (client, mut eventloop) = AsyncClient::new(options, 100);
    match within("to be let in", eventloop.poll()).await.unwrap() {
        Event::Incoming(Packet::ConnAck(ack)) => (client, eventloop, ack.session_present),
        event => panic!("{event:?}"),
    }
}

/// Waits for a condition, and says what was waited for when it does not come.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {PATIENCE:?} in vain for: {what}"),
    }
}

/// Looks again and again until it holds.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    within(what, async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

/// Which broker a test runs against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Embedded,
    Mosquitto,
}

/// A running broker with one user.
pub enum TestBroker {
    Embedded(Broker),
    Mosquitto(Mosquitto),
}

impl TestBroker {
    pub async fn start(kind: Kind) -> Self {
        match kind {
            Kind::Embedded => Self::Embedded(Broker::start(embedded()).unwrap()),
            Kind::Mosquitto => Self::Mosquitto(Mosquitto::start(None).await),
        }
    }

    pub fn address(&self) -> SocketAddr {
        match self {
            Self::Embedded(broker) => broker.address(),
            Self::Mosquitto(mosquitto) => mosquitto.address,
        }
    }

    /// How the hub would connect to it.
    pub fn settings(&self) -> ClientSettings {
        match self {
            Self::Embedded(broker) => ClientSettings::embedded(broker.local_address(), Some(login())),
            Self::Mosquitto(mosquitto) => ClientSettings {
                port: mosquitto.address.port(),
                login: Some(login()),
                retry: (Duration::from_millis(20), Duration::from_millis(200)),
                ..ClientSettings::default()
            },
        }
    }

    /// Another client, as a device would be.
    pub async fn other(&self, id: &str) -> Other {
        Other::connect(self.address(), id).await
    }
}

pub fn embedded() -> BrokerSettings {
    BrokerSettings { listen: ([127, 0, 0, 1], 0).into(), logins: vec![login()], ..BrokerSettings::default() }
}

/// The real Mosquitto as a child process.
pub struct Mosquitto {
    pub address: SocketAddr,
    child: Child,
    dir: tempfile::TempDir,
}

fn program() -> PathBuf {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    places.push("/usr/sbin".into());
    places.into_iter().map(|place| place.join("mosquitto")).find(|file| file.is_file()).expect(
        "these tests need the Mosquitto broker: install it with `apt-get install mosquitto` (`make test` does)",
    )
}

impl Mosquitto {
    pub async fn start(tls: Option<&BrokerTls>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let passwords = dir.path().join("passwords");
        std::fs::write(&passwords, format!("{USER}:{PASSWORD}\n")).unwrap();
        let hashed = Command::new(program().with_file_name("mosquitto_passwd"))
            .args(["-U".as_ref(), passwords.as_os_str()])
            .status()
            .or_else(|_| Command::new("mosquitto_passwd").arg("-U").arg(&passwords).status());
        assert!(hashed.unwrap().success(), "mosquitto_passwd");
        let show = |path: &Path| path.display().to_string();
        let mut config = format!(
            "listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {}\npersistence true\n\
             persistence_location {}/\nautosave_interval 0\n\
             max_queued_messages 0\nlog_type error\n",
            show(&passwords),
            show(dir.path()),
        );
        // Started by root, Mosquitto would become a user who cannot read the directory.
        if nix::unistd::geteuid().is_root() {
            config.push_str("user root\n");
        }
        if let Some(tls) = tls {
            config.push_str(&format!("certfile {}\nkeyfile {}\n", show(&tls.cert), show(&tls.key)));
        }
        std::fs::write(dir.path().join("mosquitto.conf"), config).unwrap();
        let child = Self::spawn(dir.path());
        let mosquitto = Self { address: ([127, 0, 0, 1], port).into(), child, dir };
        mosquitto.ready().await;
        mosquitto
    }

    fn spawn(dir: &Path) -> Child {
        Command::new(program())
            .arg("-c")
            .arg(dir.join("mosquitto.conf"))
            .stdin(Stdio::null())
            .spawn()
            .unwrap()
    }

    async fn ready(&self) {
        until("Mosquitto to listen", || TcpStream::connect(self.address).is_ok()).await;
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as `systemctl stop` does: it saves its sessions.
    pub fn stop(&mut self) {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        self.child.wait().unwrap();
    }

    /// Loses everything that it had saved.
    pub fn forget(&self) {
        std::fs::remove_file(self.dir.path().join("mosquitto.db")).unwrap();
    }

    /// Starts it again on the same port with what it had saved.
    pub async fn start_again(&mut self) {
        self.child = Self::spawn(self.dir.path());
        self.ready().await;
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Remembers everything that the client brings.
#[derive(Clone, Default)]
pub struct Seen(Arc<State>);

#[derive(Default)]
struct State {
    messages: Mutex<Vec<Inbound>>,
    connected: Mutex<Vec<bool>>,
    health: Mutex<Vec<(HealthLevel, String)>>,
    news: Notify,
}

impl Sink for Seen {
    async fn inbound(&self, message: Inbound) -> Result<(), Gone> {
        self.0.messages.lock().unwrap().push(message);
        self.0.news.notify_waiters();
        Ok(())
    }

    async fn connected(&self, up: bool) -> Result<(), Gone> {
        self.0.connected.lock().unwrap().push(up);
        self.0.news.notify_waiters();
        Ok(())
    }

    async fn health(&self, level: HealthLevel, message: String, _: u32) -> Result<(), Gone> {
        self.0.health.lock().unwrap().push((level, message));
        self.0.news.notify_waiters();
        Ok(())
    }
}

impl Seen {
    /// Waits until something holds of what was seen.
    async fn wait<T>(&self, what: &str, mut look: impl FnMut(&State) -> Option<T>) -> T {
        within(what, async {
            loop {
                let news = self.0.news.notified();
                tokio::pin!(news);
                news.as_mut().enable();
                if let Some(found) = look(&self.0) {
                    break found;
                }
                news.await;
            }
        })
        .await
    }

    pub async fn up(&self, times: usize) {
        let count = |state: &State| state.connected.lock().unwrap().iter().filter(|up| **up).count();
        self.wait("a connection", |state| (count(state) >= times).then_some(())).await;
    }

    pub async fn down(&self) {
        self.wait("the connection to break", |state| {
            (state.connected.lock().unwrap().last() == Some(&false)).then_some(())
        })
        .await;
    }

    pub async fn message(&self, topic: &str) -> Inbound {
        self.wait(&format!("a message on {topic}"), |state| {
            state.messages.lock().unwrap().iter().find(|message| message.topic == topic).cloned()
        })
        .await
    }

    pub async fn count(&self, what: &str, least: usize, takes: impl Fn(&Inbound) -> bool) {
        self.wait(what, |state| {
            (state.messages.lock().unwrap().iter().filter(|message| takes(message)).count() >= least)
                .then_some(())
        })
        .await;
    }

    pub async fn complaint(&self, part: &str) -> String {
        self.wait(&format!("health to say {part:?}"), |state| {
            let health = state.health.lock().unwrap();
            health
                .iter()
                .find(|(level, words)| *level == HealthLevel::Failing && words.contains(part))
                .map(|(_, words)| words.clone())
        })
        .await
    }

    pub fn messages(&self) -> Vec<Inbound> {
        self.0.messages.lock().unwrap().clone()
    }
}

/// Our client with its task.
pub struct Running {
    pub client: Client,
    pub seen: Seen,
    pub shutdown: CancellationToken,
    task: JoinHandle<Result<(), TaskError>>,
}

impl Running {
    pub fn start(settings: ClientSettings) -> Self {
        let (client, task) = Client::new(settings).unwrap();
        let (seen, shutdown) = (Seen::default(), CancellationToken::new());
        let task = tokio::spawn(task.run(seen.clone(), shutdown.clone()));
        Self { client, seen, shutdown, task }
    }

    pub async fn stop(self) {
        self.shutdown.cancel();
        within("the client to stop", self.task).await.unwrap().unwrap();
    }

    pub fn subscribe(&self, filters: &[&str]) {
        self.client.subscribe(filters.iter().map(|filter| (*filter).to_owned()).collect());
    }

    /// Publishes, and tries again while the queue is full or the broker away.
    pub async fn publish(&self, topic: &str, payload: &str, qos: u8, retain: bool) {
        until("room to publish", || {
            let payload = payload.to_owned().into();
            self.client.publish(Publish { topic: topic.into(), payload, qos, retain }).is_ok()
        })
        .await;
    }
}

/// A second client, driven by rumqttc alone.
pub struct Other {
    pub client: AsyncClient,
    packets: mpsc::Receiver<Packet>,
    driver: JoinHandle<()>,
}

impl Drop for Other {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Other {
    pub async fn connect(address: SocketAddr, id: &str) -> Self {
        let mut options = MqttOptions::new(id, address.ip().to_string(), address.port());
        options.set_credentials(USER, PASSWORD).set_max_packet_size(64 << 20, 64 << 20);
        let (client, mut eventloop) = AsyncClient::new(options, 100);
        let (sender, packets) = mpsc::channel(1_000);
        let driver = tokio::spawn(async move {
            while let Ok(event) = eventloop.poll().await {
                if let Event::Incoming(packet) = event
                    && sender.send(packet).await.is_err()
                {
                    break;
                }
            }
        });
        let mut other = Self { client, packets, driver };
        other.packet("to be let in", |packet| matches!(packet, Packet::ConnAck(_))).await;
        other
    }

    pub async fn packet(&mut self, what: &str, takes: impl Fn(&Packet) -> bool) -> Packet {
        within(what, async {
            loop {
                let packet = self.packets.recv().await.unwrap_or_else(|| panic!("connection lost: {what}"));
                if takes(&packet) {
                    break packet;
                }
            }
        })
        .await
    }

    pub async fn subscribe(&mut self, filter: &str) {
        self.client.subscribe(filter, QoS::AtMostOnce).await.unwrap();
        self.packet("the subscription", |packet| matches!(packet, Packet::SubAck(_))).await;
    }

    /// Publishes with quality 1 and waits for the broker's word.
    pub async fn publish(&mut self, topic: &str, payload: impl Into<Vec<u8>>, retain: bool) {
        self.client.publish(topic, QoS::AtLeastOnce, retain, payload).await.unwrap();
        self.packet("the acknowledgement", |packet| matches!(packet, Packet::PubAck(_))).await;
    }

    pub async fn payload(&mut self, topic: &str, payload: &str) -> rumqttc::Publish {
        let takes = |packet: &Packet| matches!(packet, Packet::Publish(p) if p.topic == topic && p.payload == payload);
        match self.packet(&format!("{payload:?} on {topic}"), takes).await {
            Packet::Publish(publish) => publish,
            _ => unreachable!(),
        }
    }
}
