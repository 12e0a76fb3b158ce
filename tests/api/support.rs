//! A hub with a lamp, a sensor and a jammed lock, and a way to ask it things.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use bytes::Bytes;
use homeclaw::hub::ports::{Mqtt, MqttError};
use homeclaw::hub::{self, Handle, Home, HubOptions};
use homeclaw::model::{EntityId, Inbound, Publish, Timestamp};
use homeclaw::runtime::{Latch, Logs, Metrics, Readiness};
use homeclaw::store::{self, Store};
use homeclaw::web::{CertificateSource, Peer, Web, WebOptions};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// 2026-11-21T04:00:00Z.
pub(crate) const BEGIN: i64 = 1_795_233_600_000;

/// Devices at the other end of the broker: what is written to `X/set` comes back on `X`, unless it jams.
#[derive(Default)]
struct Echo(OnceLock<Handle>);

impl Mqtt for Echo {
    fn is_connected(&self) -> bool {
        true
    }

    fn publish(&self, message: Publish) -> Result<(), MqttError> {
        if let (Some(handle), Some(topic)) = (self.0.get().cloned(), message.topic.strip_suffix("/set")) {
            let topic = topic.to_owned();
            tokio::spawn(async move {
                let _ = handle.inbound(Inbound { topic, payload: message.payload, retain: false }).await;
            });
        }
        Ok(())
    }

    fn subscribe(&self, _: Vec<String>) {}

    fn unsubscribe(&self, _: Vec<String>) {}
}

fn entity(id: &str) -> EntityId {
    EntityId::new(id).unwrap()
}

/// Everything under test.
pub(crate) struct TestApi {
    pub(crate) web: Arc<Web>,
    pub(crate) handle: Handle,
    pub(crate) router: Router,
    pub(crate) logs: Logs,
    pub(crate) stopping: CancellationToken,
    /// Holds readiness back until a test releases it.
    pub(crate) latch: Option<Latch>,
    now: Arc<AtomicI64>,
    cli: String,
    folder: TempDir,
    store: Store,
    metrics: Metrics,
    readiness: Readiness,
}

/// How a request proves who sends it.
#[derive(Debug, Clone, Default)]
pub(crate) enum As {
    /// Not at all.
    #[default]
    Nobody,
    /// The command line's token.
    Cli,
    /// Another token.
    Token(String),
    /// A browser with its cookie and, if any, the CSRF token.
    Browser(String, Option<String>),
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body, when the status is the expected one.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// Checks that it is an error of this kind.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) {
        let body = self.expect(status);
        assert_eq!(body["error"]["code"], code, "{body}");
        assert!(!body["error"]["message"].as_str().unwrap().is_empty());
        assert_eq!(body["error"]["request_id"], self.headers["x-request-id"].to_str().unwrap());
    }

    /// The session's secret of a cookie that was set.
    pub(crate) fn cookie(&self) -> String {
        let cookie = self.headers[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
        cookie.strip_prefix("homeclaw_session=").unwrap().split(';').next().unwrap().to_owned()
    }
}

async fn open(folder: &Path, now: &Arc<AtomicI64>, parts: &Parts) -> (Arc<Web>, Handle, Store) {
    let (store, stored) = Store::open(&store::file_in(folder)).unwrap();
    let mqtt = Arc::new(Echo::default());
    let options = HubOptions { metrics: parts.metrics.clone(), ..HubOptions::default() };
    let (handle, _join) = hub::start(options, store.clone(), stored, Arc::clone(&mqtt) as Arc<dyn Mqtt>);
    assert!(mqtt.0.set(handle.clone()).is_ok());
    let clock = Arc::clone(now);
    let options = WebOptions {
        handle: handle.clone(),
        metrics: parts.metrics.clone(),
        readiness: parts.readiness.clone(),
        logs: parts.logs.clone(),
        folder: folder.to_owned(),
        public_url: Some("https://home.example.org".to_owned()),
        hosts: vec!["hub".to_owned()],
        certificate: parts.certificate.clone(),
        clock: Arc::new(move || Timestamp::from_millis(clock.load(Ordering::Relaxed))),
        stopping: parts.stopping.clone(),
    };
    (Web::new(options).await.unwrap(), handle, store)
}

#[derive(Default)]
struct Parts {
    metrics: Metrics,
    readiness: Readiness,
    logs: Logs,
    stopping: CancellationToken,
    certificate: Option<CertificateSource>,
}

impl TestApi {
    /// A fresh hub with three devices.
    pub(crate) async fn start() -> Self {
        Self::begin(tempfile::tempdir().unwrap(), None).await
    }

    /// The same with a certificate, which may be in the hub's folder.
    pub(crate) async fn encrypted(certificate: impl FnOnce(&Path) -> CertificateSource) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let certificate = certificate(folder.path());
        Self::begin(folder, Some(certificate)).await
    }

    async fn begin(folder: tempfile::TempDir, certificate: Option<CertificateSource>) -> Self {
        let now = Arc::new(AtomicI64::new(BEGIN));
        let parts = Parts { certificate, ..Parts::default() };
        let latch = parts.readiness.latch("mqtt");
        let (web, handle, store) = open(folder.path(), &now, &parts).await;
        let cli = std::fs::read_to_string(folder.path().join("cli-token")).unwrap().trim().to_owned();
        let Parts { metrics, readiness, logs, stopping, .. } = parts;
        let router = web.router();
        let latch = Some(latch);
        let api =
            Self { web, handle, router, logs, stopping, latch, now, cli, folder, store, metrics, readiness };
        api.handle.connected(true).await.unwrap();
        api.announce().await;
        api
    }

    /// The same hub after a restart; the old one is closed first.
    pub(crate) async fn restart(mut self) -> Self {
        self.store.close().await;
        let parts = Parts { metrics: self.metrics.clone(), ..Parts::default() };
        (self.web, self.handle, self.store) = open(self.folder.path(), &self.now, &parts).await;
        self.cli = std::fs::read_to_string(self.folder.path().join("cli-token")).unwrap().trim().to_owned();
        self.router = self.web.router();
        (self.logs, self.readiness, self.stopping) = (parts.logs, parts.readiness, parts.stopping);
        self
    }

    async fn announce(&self) {
        let mut events = self.handle.events();
        let device = |id: &str| json!({"identifiers": [id], "name": id, "suggested_area": "Kitchen"});
        let lamp = json!({"name": "Lamp", "unique_id": "lamp1", "command_topic": "lamp/set", "state_topic": "lamp",
            "default_entity_id": "light.lamp", "device": device("lamp-device")});
        self.inbound("homeassistant/light/lamp1/config", &lamp.to_string()).await;
        let sensor = json!({"name": "Temperature", "unique_id": "temp1", "state_topic": "temp",
            "device_class": "temperature", "unit_of_measurement": "°C",
            "default_entity_id": "sensor.temperature", "device": device("sensor-device")});
        self.inbound("homeassistant/sensor/temp1/config", &sensor.to_string()).await;
        self.inbound("lamp", "OFF").await;
        self.inbound("temp", "21.5").await;
        // Messages from devices and questions go different ways into the hub.
        let (lamp, sensor) = (entity("light.lamp"), entity("sensor.temperature"));
        let settled = move |home: &Home| {
            let states = home.view().states;
            states.get(&lamp).is_some_and(|state| state.state == "off")
                && states.get(&sensor).is_some_and(|state| state.state == "21.5")
        };
        while !self.handle.read(settled.clone()).await.unwrap() {
            events.recv().await.unwrap();
        }
    }

    /// A message from a device.
    pub(crate) async fn inbound(&self, topic: &str, payload: &str) {
        let payload = Bytes::copy_from_slice(payload.as_bytes());
        self.handle.inbound(Inbound { topic: topic.to_owned(), payload, retain: false }).await.unwrap();
    }

    /// Lets time pass for sessions, links and limits.
    pub(crate) fn pass(&self, time: Duration) {
        self.now.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }

    pub(crate) fn cli_token(&self) -> &str {
        &self.cli
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        if !request.headers().contains_key(header::HOST) {
            request.headers_mut().insert(header::HOST, "192.168.1.20:8080".parse().unwrap());
        }
        if request.extensions().get::<Peer>().is_none() {
            request.extensions_mut().insert(Peer("192.168.1.5:40000".parse().unwrap()));
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Asks something.
    pub(crate) async fn ask(&self, who: &As, method: &str, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(path);
        match who {
            As::Nobody => {}
            As::Cli => request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.cli)),
            As::Token(token) => request = request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            As::Browser(cookie, csrf) => {
                request = request.header(header::COOKIE, format!("a=b; homeclaw_session={cookie}"));
                if let Some(csrf) = csrf {
                    request = request.header("x-csrf-token", csrf);
                }
            }
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(&As::Cli, "GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(&As::Cli, "POST", path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.ask(&As::Cli, "PUT", path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.ask(&As::Cli, "PATCH", path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.ask(&As::Cli, "DELETE", path, None).await
    }

    /// Logs in at a browser by a login link.
    pub(crate) async fn browser(&self) -> As {
        let link = self.web.login_link("http://hub").unwrap();
        let code = link.split('#').nth(1).unwrap();
        let answer = self.ask(&As::Nobody, "POST", "/api/v1/session/link", Some(json!({"code": code}))).await;
        let csrf = answer.expect(200)["csrf"].as_str().unwrap().to_owned();
        As::Browser(answer.cookie(), Some(csrf))
    }

    /// Makes a token for a program.
    pub(crate) async fn token(&self, name: &str) -> As {
        let made = self.post("/api/v1/tokens", json!({"name": name})).await.expect(201);
        As::Token(made["token"].as_str().unwrap().to_owned())
    }
}
