//! 100,000 retained discovery messages wait at the broker: more than the hub takes.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rumqttc::{AsyncClient, Event, MqttOptions, Outgoing, Packet, QoS};

use crate::hub::{Hub, PASSWORD, Start, USER};
use crate::mqtt;
use crate::report::{Latencies, Res, say};

const RETAINED: usize = 100_000;

/// A Mosquitto that keeps everything that it is told to keep.
struct Mosquitto {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Mosquitto {
    async fn start() -> Res<Option<Self>> {
        let folder = tempfile::tempdir()?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let config = folder.path().join("mosquitto.conf");
        // Without the last line it drops what a client has not read at once.
        let lines = format!("listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n");
        std::fs::write(&config, lines)?;
        let found = ["mosquitto", "/usr/sbin/mosquitto"].into_iter().find_map(|program| {
            let mut command = Command::new(program);
            command.arg("-c").arg(&config).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()
        });
        let Some(child) = found else { return Ok(None) };
        let mosquitto = Self { child, port, _folder: folder };
        for _ in 0..500 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Ok(Some(mosquitto));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err("Mosquitto does not listen".into())
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        // It may have ended already; there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Publishes everything and waits until the broker has it.
async fn fill(port: u16) -> Res<()> {
    let mut options = MqttOptions::new("bench-retained", "127.0.0.1", port);
    options.set_credentials(USER, PASSWORD).set_max_packet_size(1 << 20, 1 << 20).set_inflight(1_000);
    let (client, mut events) = AsyncClient::new(options, 1_000);
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&acknowledged);
    let driver = tokio::spawn(async move {
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::PubAck(_))) => drop(count.fetch_add(1, Ordering::Relaxed)),
                Ok(Event::Outgoing(Outgoing::Disconnect)) | Err(_) => return,
                Ok(_) => {}
            }
        }
    });
    for n in 0..RETAINED {
        let (topic, payload) = mqtt::sensor(n);
        client.publish(topic, QoS::AtLeastOnce, true, payload).await?;
    }
    let begin = Instant::now();
    while acknowledged.load(Ordering::Relaxed) < RETAINED {
        if begin.elapsed() > Duration::from_secs(60) {
            return Err("the broker does not take the retained messages".into());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    client.disconnect().await?;
    Ok(driver.await?)
}

/// Asks again and again while the hub takes the messages in, and tells how it went.
async fn watch(hub: &Hub, name: &str, begin: Instant, goal: f64) -> Res<()> {
    let mut answers = Latencies::new()?;
    loop {
        let asked = Instant::now();
        let (status, _) = hub.request("GET", "/api/v1/health", None).await?;
        answers.add(asked.elapsed());
        if status != 200 {
            return Err(format!("the hub answers {status}").into());
        }
        if hub.metric("homeclaw_mqtt_messages_received_total").await? >= goal {
            break;
        }
        if begin.elapsed() > Duration::from_secs(120) {
            return Err("the hub has not taken all of them in after two minutes".into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = begin.elapsed().as_secs_f64();
    let peak = hub.memory("VmHWM")?;
    let refused = hub.metric("homeclaw_mqtt_messages_rejected_total").await?;
    let log = hub.log()?;
    answers.say(&format!("{RETAINED} retained topics, {name}: answers meanwhile"))?;
    say(&format!(
        "taken in after {took:.2} s: {} entities, {refused} messages refused, {} lines of log, peak {peak:.1} MiB",
        hub.entities().await?,
        log.len(),
    ))?;
    match log.iter().rev().find(|line| line.contains("not used")) {
        Some(line) => say(&format!("it says: {line}")),
        None => Err("the hub says nothing of what it refused".into()),
    }
}

/// The hub's own broker keeps them while the hub takes them in; Mosquitto has them before the hub starts.
pub(crate) async fn retained() -> Res<()> {
    let goal = f64::from(u32::try_from(RETAINED)?);
    {
        let (hub, _) = Hub::start(Start::default()).await?;
        let begin = Instant::now();
        let port = hub.mqtt_port;
        let filling = tokio::spawn(fill(port));
        watch(&hub, "own broker", begin, goal).await?;
        filling.await??;
    }
    let Some(mosquitto) = Mosquitto::start().await? else {
        return say("Mosquitto is not installed: left out");
    };
    fill(mosquitto.port).await?;
    let begin = Instant::now();
    let (hub, ready) = Hub::start(Start { broker: Some(mosquitto.port), ..Start::default() }).await?;
    say(&format!(
        "ready with {RETAINED} retained topics at Mosquitto after {:.1} ms",
        ready.as_secs_f64() * 1e3
    ))?;
    watch(&hub, "Mosquitto", begin, goal).await
}
