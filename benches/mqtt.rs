//! Measures the client with the embedded broker, with Mosquitto and with rumqttd in the same run.
//!
//! `cargo bench --profile quick --bench mqtt -- [throughput] [latency] [discovery] [retained]`; without names, all.
//! rumqttd is a package of its own in `benches/rumqttd`, which this builds.

#[path = "../tests/mqtt_support/mod.rs"]
mod mqtt_support;

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use homeclaw::hub::ports::Mqtt;
use homeclaw::model::{HealthLevel, Inbound, Publish};
use homeclaw::mqtt::{Client, ClientSettings, Gone, Sink};
use mqtt_support::{Kind, Other, PASSWORD, TestBroker, USER, login, until};
use rumqttc::QoS;
use tokio_util::sync::CancellationToken;

type Res<T> = Result<T, Box<dyn std::error::Error>>;

/// Counts, and measures how long a message was under way: the payload starts with the nanoseconds of sending.
#[derive(Clone)]
struct Meter {
    start: Instant,
    received: Arc<AtomicUsize>,
    connected: Arc<AtomicUsize>,
    delays: Arc<Mutex<Histogram<u64>>>,
    /// Subscribes to the state topic that a discovery message names, as the hub does.
    client: Arc<Mutex<Option<Client>>>,
}

impl Meter {
    fn new() -> Res<Self> {
        Ok(Self {
            start: Instant::now(),
            received: Arc::default(),
            connected: Arc::default(),
            delays: Arc::new(Mutex::new(Histogram::new(3)?)),
            client: Arc::default(),
        })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn count(&self) -> usize {
        self.received.load(Ordering::Acquire)
    }
}

impl Sink for Meter {
    async fn inbound(&self, message: Inbound) -> Result<(), Gone> {
        let sent = message.payload.get(..8).and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes);
        if let (Some(sent), Ok(mut delays)) = (sent, self.delays.lock()) {
            delays.saturating_record(self.now().saturating_sub(sent) / 1_000);
        }
        if let Some(name) =
            message.topic.strip_prefix("homeassistant/sensor/").and_then(|t| t.split('/').next())
            && let Ok(client) = self.client.lock()
            && let Some(client) = client.as_ref()
        {
            client.subscribe(vec![format!("bench/{name}"), "bench/bridge/state".to_owned()]);
        }
        self.received.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    async fn connected(&self, up: bool) -> Result<(), Gone> {
        self.connected.fetch_add(usize::from(up), Ordering::AcqRel);
        Ok(())
    }

    async fn health(&self, _: HealthLevel, _: String, _: u32) -> Result<(), Gone> {
        Ok(())
    }
}

/// Which broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Embedded,
    Mosquitto,
    Rumqttd,
}

/// A running broker with one user.
enum Peer {
    Ours(TestBroker),
    Rumqttd(Child, SocketAddr),
}

impl Peer {
    async fn start(which: Which) -> Res<Self> {
        match which {
            Which::Embedded => Ok(Self::Ours(TestBroker::start(Kind::Embedded).await)),
            Which::Mosquitto => Ok(Self::Ours(TestBroker::start(Kind::Mosquitto).await)),
            Which::Rumqttd => {
                let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
                let mut command = Command::new(rumqttd("release/rumqttd-peer"));
                command.args(["serve", &address.port().to_string(), USER, PASSWORD]).stdin(Stdio::null());
                let child = command.spawn()?;
                until("rumqttd to listen", || TcpStream::connect(address).is_ok()).await;
                Ok(Self::Rumqttd(child, address))
            }
        }
    }

    fn settings(&self) -> ClientSettings {
        match self {
            Self::Ours(broker) => broker.settings(),
            Self::Rumqttd(_, address) => ClientSettings::embedded(*address, Some(login())),
        }
    }

    async fn other(&self, id: &str) -> Other {
        match self {
            Self::Ours(broker) => broker.other(id).await,
            Self::Rumqttd(_, address) => Other::connect(*address, id).await,
        }
    }

    fn pid(&self) -> String {
        match self {
            Self::Ours(TestBroker::Embedded(_)) => "self".to_owned(),
            Self::Ours(TestBroker::Mosquitto(mosquitto)) => mosquitto.pid().to_string(),
            Self::Rumqttd(child, _) => child.id().to_string(),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if let Self::Rumqttd(child, _) = self {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A place in rumqttd's package, or in what is built of it.
fn rumqttd(place: &str) -> std::path::PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/rumqttd");
    if place == "Cargo.toml" { package.join(place) } else { package.join("target").join(place) }
}

fn build_rumqttd() -> Res<()> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--release", "--locked", "--manifest-path"]).arg(rumqttd("Cargo.toml"));
    cargo.arg("--target-dir").arg(rumqttd(""));
    if cargo.status()?.success() { Ok(()) } else { Err("benches/rumqttd does not build".into()) }
}

/// A broker, our client, and a device beside them.
struct Bench {
    broker: Peer,
    client: Client,
    meter: Meter,
    shutdown: CancellationToken,
    name: &'static str,
}

impl Bench {
    async fn start(which: Which, filters: Vec<String>) -> Res<Self> {
        let broker = Peer::start(which).await?;
        let (client, task) = Client::new(broker.settings())?;
        let (meter, shutdown) = (Meter::new()?, CancellationToken::new());
        client.subscribe(filters);
        tokio::spawn(task.run(meter.clone(), shutdown.clone()));
        until("the client to connect", || meter.connected.load(Ordering::Acquire) > 0).await;
        let name = match which {
            Which::Embedded => "embedded ",
            Which::Mosquitto => "Mosquitto",
            Which::Rumqttd => "rumqttd  ",
        };
        let bench = Self { broker, client, meter, shutdown, name };
        bench.settle().await;
        Ok(bench)
    }

    /// Waits until every subscription is in force.
    async fn settle(&self) {
        self.client.subscribe(vec!["bench/settle".to_owned()]);
        let other = self.broker.other("settle").await;
        let before = self.meter.count();
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        while self.meter.count() == before {
            ticks.tick().await;
            let _ = other.client.publish("bench/settle", QoS::AtMostOnce, false, "").await;
        }
        self.client.unsubscribe(vec!["bench/settle".to_owned()]);
    }

    fn rss(&self) -> Res<String> {
        let pid = self.broker.pid();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
        let kib: f64 = line.split_whitespace().nth(1).unwrap_or("0").parse()?;
        Ok(format!("{:.1} MiB", kib / 1024.0))
    }

    fn say(&self, what: &str, figure: &str) -> Res<()> {
        let rss = self.rss()?;
        writeln!(std::io::stdout(), "{what:<44} {}  {figure}  (broker's RSS {rss})", self.name)?;
        Ok(())
    }

    fn end(self) {
        self.shutdown.cancel();
    }
}

fn state_topics(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("bench/state/{n}")).collect()
}

/// 100,000 states over 1,000 topics, as fast as they go.
async fn throughput(which: Which) -> Res<()> {
    const MESSAGES: usize = 100_000;
    let topics = state_topics(1_000);
    let bench = Bench::start(which, topics.clone()).await?;
    let other = bench.broker.other("device").await;
    let (before, start) = (bench.meter.count(), Instant::now());
    for topic in topics.iter().cycle().take(MESSAGES) {
        let mut payload = bench.meter.now().to_be_bytes().to_vec();
        payload.resize(120, b'x');
        other.client.publish(topic.as_str(), QoS::AtMostOnce, false, payload).await?;
    }
    until("every state", || bench.meter.count() - before >= MESSAGES).await;
    #[allow(clippy::cast_precision_loss, reason = "a figure to print")]
    let rate = MESSAGES as f64 / start.elapsed().as_secs_f64();
    bench.say("states through broker and client", &format!("{rate:.0} a second, none lost"))?;
    bench.end();
    Ok(())
}

/// 5,000 states a second for ten seconds.
async fn latency(which: Which) -> Res<()> {
    let topics = state_topics(1_000);
    let bench = Bench::start(which, topics.clone()).await?;
    let other = bench.broker.other("device").await;
    let before = bench.meter.count();
    bench.meter.delays.lock().map_err(|_| "poisoned")?.reset();
    let mut ticks = tokio::time::interval(Duration::from_millis(2));
    let mut sent = 0;
    let mut topics = topics.iter().cycle();
    while sent < 50_000 {
        ticks.tick().await;
        for topic in topics.by_ref().take(10) {
            let mut payload = bench.meter.now().to_be_bytes().to_vec();
            payload.resize(120, b'x');
            other.client.publish(topic.as_str(), QoS::AtMostOnce, false, payload).await?;
            sent += 1;
        }
    }
    until("every state", || bench.meter.count() - before >= sent).await;
    let figure = {
        let delays = bench.meter.delays.lock().map_err(|_| "poisoned")?;
        let at = |quantile| delays.value_at_quantile(quantile);
        format!("median {} µs, 99 % {} µs, worst {} µs", at(0.5), at(0.99), at(1.0))
    };
    bench.say("device to hub at 5,000 states a second", &figure)?;
    bench.end();
    Ok(())
}

/// One command after the other, answered by the device as soon as it has it.
async fn round_trip(which: Which) -> Res<()> {
    let bench = Bench::start(which, vec!["bench/lamp".to_owned()]).await?;
    let mut other = bench.broker.other("device").await;
    other.subscribe("bench/lamp/set").await;
    let mut times = Histogram::<u64>::new(3)?;
    for _ in 0..1_000 {
        let (before, start) = (bench.meter.count(), Instant::now());
        let payload = b"ON".as_slice().into();
        bench.client.publish(Publish {
            topic: "bench/lamp/set".to_owned(),
            payload,
            qos: 0,
            retain: false,
        })?;
        other.payload("bench/lamp/set", "ON").await;
        other.client.publish("bench/lamp", QoS::AtMostOnce, false, "on").await?;
        while bench.meter.count() == before {
            tokio::task::yield_now().await;
        }
        times.saturating_record(u64::try_from(start.elapsed().as_micros())?);
    }
    let at = |quantile| times.value_at_quantile(quantile);
    let figure = format!("median {} µs, 99 % {} µs, worst {} µs", at(0.5), at(0.99), at(1.0));
    bench.say("command to a device and its answer", &figure)?;
    bench.end();
    Ok(())
}

/// 30,000 retained discovery messages of 7,500 devices, each with a state topic that is subscribed to at once.
async fn discovery(which: Which) -> Res<()> {
    const MESSAGES: usize = 30_000;
    let bench = Bench::start(which, vec!["homeassistant/#".to_owned()]).await?;
    if let Ok(mut client) = bench.meter.client.lock() {
        *client = Some(bench.client.clone());
    }
    let other = bench.broker.other("device").await;
    let (before, start) = (bench.meter.count(), Instant::now());
    for n in 0..MESSAGES {
        let topic = format!("homeassistant/sensor/sensor_{}/{}/config", n / 4, n % 4);
        other.client.publish(topic, QoS::AtMostOnce, true, vec![b'x'; 800]).await?;
    }
    until("every discovery message", || bench.meter.count() - before >= MESSAGES).await;
    let taken = start.elapsed();
    bench.settle().await;
    let settled = start.elapsed();
    bench
        .say("30,000 discovery messages", &format!("{taken:.2?}, subscribed to 7,501 after {settled:.2?}"))?;
    bench.end();
    Ok(())
}

/// 100,000 retained topics, and a client that subscribes to all of them.
async fn retained(which: Which) -> Res<()> {
    const TOPICS: usize = 100_000;
    let bench = Bench::start(which, Vec::new()).await?;
    let mut other = bench.broker.other("device").await;
    let start = Instant::now();
    for n in 0..TOPICS {
        other.client.publish(format!("home/{}/{n}", n % 100), QoS::AtMostOnce, true, vec![b'x'; 100]).await?;
    }
    other.publish("home/last", "x", true).await;
    let stored = start.elapsed();
    let (before, start) = (bench.meter.count(), Instant::now());
    bench.client.subscribe(vec!["home/#".to_owned()]);
    until("every retained message", || bench.meter.count() - before > TOPICS).await;
    let figure = format!("stored in {stored:.2?}, delivered in {:.2?}", start.elapsed());
    bench.say("100,000 retained topics", &figure)?;
    bench.end();
    Ok(())
}

fn main() -> Res<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    build_rumqttd()?;
    runtime.block_on(async {
        for which in [Which::Embedded, Which::Mosquitto, Which::Rumqttd] {
            if wants("latency") {
                round_trip(which).await?;
                latency(which).await?;
            }
            if wants("throughput") {
                throughput(which).await?;
            }
            if wants("discovery") {
                discovery(which).await?;
            }
            if wants("retained") {
                retained(which).await?;
            }
        }
        Ok(())
    })
}
