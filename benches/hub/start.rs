//! Start-up, idle memory and mass discovery.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rumqttc::QoS;

use crate::hub::{Hub, PASSWORD, Start, USER};
use crate::mqtt;
use crate::report::{Latencies, Res, say};

const STARTS: usize = 20;
const DISCOVERY: usize = 30_000;

/// From starting the process to the first good answer of /readyz: fresh, and with a home of 500 lights on the disk.
pub(crate) async fn start() -> Res<()> {
    let mut fresh = Latencies::new()?;
    for _ in 0..STARTS {
        let (_hub, took) = Hub::start(Start::default()).await?;
        fresh.add(took);
    }
    fresh.say("ready, first start")?;

    let folder = tempfile::tempdir()?;
    let again = || Start { state: Some(folder.path().to_owned()), ..Start::default() };
    {
        let (hub, _) = Hub::start(again()).await?;
        mqtt::announce_lights(&hub, 500).await?;
        // The states go to the disk lazily; a clean stop would write them, so give them their time.
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let mut known = Latencies::new()?;
    for _ in 0..STARTS {
        let (_hub, took) = Hub::start(again()).await?;
        known.add(took);
    }
    known.say("ready, 500 entities on the disk")
}

/// Memory and processor of an idle hub that serves the demo home, which runs as a process of its own.
pub(crate) async fn idle() -> Res<()> {
    let (hub, _) = Hub::start(Start::default()).await?;
    let mut demo = Command::new(crate::hub::program())
        .args(["demo", "--broker", &format!("127.0.0.1:{}", hub.mqtt_port)])
        .args(["--user", USER])
        .env("HOMECLAW_DEMO_PASSWORD", PASSWORD)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    hub.wait_for_entities(25).await?;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let ticks = hub.cpu_ticks()?;
    tokio::time::sleep(Duration::from_secs(20)).await;
    let busy = hub.cpu_ticks()? - ticks;
    say(&format!(
        "idle with the demo home ({} entities): {:.1} MiB resident, of it {:.1} MiB its own, peak {:.1} MiB, {}.{} % of a core",
        hub.entities().await?,
        hub.memory("VmRSS")?,
        hub.memory("RssAnon")?,
        hub.memory("VmHWM")?,
        busy / 20,
        busy % 20 / 2,
    ))?;
    demo.kill()?;
    demo.wait()?;
    Ok(())
}

/// 30,000 discovery messages over MQTT: from the first byte until the hub knows them all.
pub(crate) async fn discovery() -> Res<()> {
    let (hub, _) = Hub::start(Start::default()).await?;
    let (client, events) = mqtt::client(&hub, "bench-discovery");
    mqtt::drive(events, |_, _| {});
    let messages: Vec<_> = (0..DISCOVERY).map(mqtt::sensor).collect();
    let begin = Instant::now();
    for (topic, payload) in messages {
        client.publish(topic, QoS::AtMostOnce, false, payload).await?;
    }
    let sent = begin.elapsed();
    loop {
        let count = hub.metric("homeclaw_mqtt_messages_received_total").await?;
        if count >= 30_000.0 {
            break;
        }
        if begin.elapsed() > Duration::from_secs(120) {
            return Err(format!("only {count} of {DISCOVERY} messages after two minutes").into());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let taken = begin.elapsed();
    // Asking for 30,000 entities as one answer takes memory of its own, so the peak is read before.
    let (peak, resident) = (hub.memory("VmHWM")?, hub.memory("VmRSS")?);
    hub.wait_for_entities(DISCOVERY).await?;
    say(&format!(
        "discovery of {DISCOVERY} entities: {:.2} s (sent in {:.2} s), peak {:.1} MiB, resident afterwards {:.1} MiB",
        taken.as_secs_f64(),
        sent.as_secs_f64(),
        peak,
        resident,
    ))
}
