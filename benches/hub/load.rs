//! The hub under load: sentences, state messages, conversations.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use rumqttc::QoS;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::hub::{self, Hub, Start};
use crate::mqtt;
use crate::report::{Latencies, Res, say};

const LIGHTS: usize = 500;
const SENTENCES: usize = 1_000;
const RATE: usize = 5_000;
const SECONDS: usize = 60;
const CONVERSATIONS: usize = 2_000;

fn text_at<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str()
}

fn sentence_for(n: usize) -> Value {
    let state = if n.is_multiple_of(2) { "on" } else { "off" };
    json!({"text": format!("turn {state} the {}", mqtt::light_name(n % LIGHTS)), "language": "en"})
}

/// One sentence at a time: until its MQTT message arrives at another client, and until the confirmed reply.
pub(crate) async fn sentence() -> Res<()> {
    let (hub, _) = Hub::start(Start::default()).await?;
    let _devices = mqtt::announce_lights(&hub, LIGHTS).await?;
    let (watcher, events) = mqtt::client(&hub, "bench-watcher");
    let (seen, mut commands) = mpsc::channel(100);
    mqtt::drive(events, move |topic, _| {
        let _ = seen.try_send((topic.to_owned(), Instant::now()));
    });
    watcher.subscribe("bench/+/set", QoS::AtMostOnce).await?;
    // The first sentence loads the language.
    hub.request("POST", "/api/v1/conversation", Some(&json!({"text": "what time is it", "language": "en"})))
        .await?;

    let (mut published, mut answered, mut confirmed) = (Latencies::new()?, Latencies::new()?, 0_usize);
    for n in 0..SENTENCES {
        let begin = Instant::now();
        let (_, reply) = hub.request("POST", "/api/v1/conversation", Some(&sentence_for(n))).await?;
        answered.add(begin.elapsed());
        let wanted = format!("bench/light_{}/set", n % LIGHTS);
        match tokio::time::timeout(Duration::from_secs(2), commands.recv()).await {
            Ok(Some((topic, at))) if topic == wanted => published.add(at - begin),
            other => return Err(format!("{wanted} expected, got {other:?}; reply {reply}").into()),
        }
        confirmed += usize::from(text_at(&reply, "/kind") == Some("action_done"));
    }
    published.say("sentence in to MQTT at another client, 500 entities")?;
    answered.say("sentence in to confirmed reply, 500 entities")?;
    say(&format!("of them confirmed by the device: {confirmed} of {SENTENCES}"))
}

/// 5,000 state messages a second for a minute, hub on one core, with a WebSocket client that must see every one.
pub(crate) async fn states() -> Res<()> {
    let (hub, _) = Hub::start(Start { pin: Some("0"), ..Start::default() }).await?;
    let sensors = 400;
    let (client, events) = mqtt::client(&hub, "bench-sensors");
    mqtt::drive(events, |_, _| {});
    for n in 0..sensors {
        let (topic, payload) = mqtt::sensor(n * 4);
        client.publish(topic, QoS::AtLeastOnce, true, payload).await?;
    }
    client.publish("bench/bridge/state", QoS::AtLeastOnce, true, r#"{"state":"online"}"#).await?;
    hub.wait_for_entities(sensors).await?;

    let sent: Arc<Mutex<HashMap<u64, Instant>>> = Arc::default();
    let mut request = format!("ws://127.0.0.1:{}/api/v1/ws", hub.web_port).into_client_request()?;
    request.headers_mut().insert("authorization", format!("Bearer {}", hub.token()).parse()?);
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await?;
    socket.send(Message::text(r#"{"type":"subscribe","logs":false}"#)).await?;

    let total = RATE * SECONDS;
    let times = Arc::clone(&sent);
    let reader = tokio::spawn(async move {
        let mut latencies = Latencies::new()?;
        let mut resyncs = 0_usize;
        while latencies.len() < u64::try_from(total)? {
            let next = tokio::time::timeout(Duration::from_secs(10), socket.next()).await;
            let Ok(Some(message)) = next else { break };
            let Message::Text(text) = message? else { continue };
            let now = Instant::now();
            let frame: Value = serde_json::from_str(&text)?;
            resyncs += usize::from(text_at(&frame, "/type") == Some("snapshot"));
            for event in frame.pointer("/events").and_then(Value::as_array).into_iter().flatten() {
                let Some(value) = text_at(event, "/state/state").and_then(|v| v.parse::<u64>().ok()) else {
                    continue;
                };
                if let Some(at) = times.lock().unwrap_or_else(PoisonError::into_inner).remove(&value) {
                    latencies.add(now - at);
                }
            }
        }
        Res::Ok((latencies, resyncs))
    });

    let ticks = hub.cpu_ticks()?;
    let begin = Instant::now();
    for n in 0..total {
        let due =
            begin + Duration::from_secs_f64(f64::from(u32::try_from(n)?) / f64::from(u32::try_from(RATE)?));
        if n.is_multiple_of(5) {
            tokio::time::sleep_until(due.into()).await;
        }
        let value = u64::try_from(n)? + 1;
        sent.lock().unwrap_or_else(PoisonError::into_inner).insert(value, Instant::now());
        let payload = format!(r#"{{"temperature":{value},"linkquality":120}}"#);
        client.publish(format!("bench/sensor_{}", n % sensors), QoS::AtMostOnce, false, payload).await?;
    }
    let took = begin.elapsed();
    let (latencies, snapshots) = reader.await??;
    let busy = hub.cpu_ticks()? - ticks;
    latencies
        .say("state message out of a device to the WebSocket client, 5,000 a second, hub on one core")?;
    say(&format!(
        "of {total} messages sent in {:.1} s, {} arrived, {} lost, {} snapshots; hub used {:.0} % of its core, {:.1} MiB resident",
        took.as_secs_f64(),
        latencies.len(),
        u64::try_from(total)? - latencies.len(),
        snapshots,
        f64::from(u32::try_from(busy)?) / took.as_secs_f64(),
        hub.memory("VmRSS")?,
    ))
}

/// 2,000 conversations at once, each on a connection of its own, each switching a device that confirms.
pub(crate) async fn conversations() -> Res<()> {
    let (hub, _) = Hub::start(Start::default()).await?;
    let _devices = mqtt::announce_lights(&hub, LIGHTS).await?;
    hub.request("POST", "/api/v1/conversation", Some(&sentence_for(0))).await?;
    for (name, text) in [("switching a light", None), ("asking the time", Some("what time is it"))] {
        let (mut latencies, mut failed) = (Latencies::new()?, 0_usize);
        let (begin, ticks) = (Instant::now(), hub.cpu_ticks()?);
        let tasks: Vec<_> = (0..CONVERSATIONS)
            .map(|n| {
                let body =
                    text.map_or_else(|| sentence_for(n), |text| json!({"text": text, "language": "en"}));
                let (port, token) = (hub.web_port, hub.token().to_owned());
                tokio::spawn(async move {
                    let begin = Instant::now();
                    let answer =
                        hub::request_text(port, &token, "POST", "/api/v1/conversation", Some(&body)).await;
                    (begin.elapsed(), answer.is_ok_and(|(status, _)| status == 200))
                })
            })
            .collect();
        for task in tasks {
            let (took, good) = task.await?;
            latencies.add(took);
            failed += usize::from(!good);
        }
        let took = begin.elapsed().as_secs_f64();
        // A tick is 10 ms.
        let micros = (hub.cpu_ticks()? - ticks) * 10_000 / u64::try_from(CONVERSATIONS)?;
        latencies.say(&format!("{CONVERSATIONS} conversations at once, {name}"))?;
        say(&format!(
            "all done in {took:.2} s, {failed} failed, {micros} µs of the hub's processor time each, {:.1} MiB at the peak",
            hub.memory("VmHWM")?
        ))?;
    }
    Ok(())
}
