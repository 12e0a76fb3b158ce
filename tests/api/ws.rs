//! Live state.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use homeclaw::model::{Event, Timestamp};
use homeclaw::runtime::{LogEntry, LogImportance};
use homeclaw::web::Server;
use serde_json::{Map, Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::support::{As, BEGIN, TestApi};

/// A hub that listens, and what panels say to it.
struct Live {
    api: TestApi,
    address: std::net::SocketAddr,
}

struct Panel(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Live {
    async fn start() -> Self {
        let api = TestApi::start().await;
        let server = Server::bind(Arc::clone(&api.web), "127.0.0.1:0").await.unwrap();
        let address = server.address();
        tokio::spawn(server.run(api.stopping.clone()));
        Self { api, address }
    }

    async fn try_connect(&self, headers: &[(&'static str, String)]) -> Result<Panel, u16> {
        let mut request = format!("ws://{}/api/v1/ws", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((socket, _)) => Ok(Panel(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    async fn connect(&self) -> Panel {
        let token = format!("Bearer {}", self.api.cli_token());
        self.try_connect(&[("authorization", token)]).await.unwrap_or_else(|status| panic!("{status}"))
    }
}

impl Panel {
    /// The next message; anything but text ends the test.
    async fn next(&mut self) -> Value {
        loop {
            let frame = tokio::time::timeout(Duration::from_secs(20), self.0.next())
                .await
                .expect("a message in time");
            match frame.expect("an open connection").unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    async fn snapshot(&mut self) -> Value {
        let snapshot = self.next().await;
        assert_eq!(snapshot["type"], "snapshot");
        snapshot
    }

    /// The next event that fits, in order.
    async fn event(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.next().await;
            if message["type"] == "events"
                && let Some(event) = message["events"].as_array().unwrap().iter().find(|event| fits(event))
            {
                return event.clone();
            }
        }
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn closed(&mut self) -> CloseFrame {
        loop {
            let frame =
                tokio::time::timeout(Duration::from_secs(20), self.0.next()).await.expect("an end in time");
            if let Message::Close(frame) = frame.expect("a close frame").unwrap() {
                return frame.expect("a reason");
            }
        }
    }
}

#[tokio::test]
async fn a_snapshot_comes_first_and_then_what_happens() {
    let live = Live::start().await;
    let (mut one, mut two) = (live.connect().await, live.connect().await);
    let snapshot = one.snapshot().await;
    assert_eq!(snapshot["states"]["light.lamp"]["state"], "off");
    let home = live.api.get("/api/v1/home").await.expect(200);
    assert_eq!((&snapshot["entities"], &snapshot["areas"]), (&home["entities"], &home["areas"]));
    two.snapshot().await;

    live.api.inbound("lamp", "ON").await;
    for panel in [&mut one, &mut two] {
        let event = panel.event(|event| event["entity"] == "light.lamp").await;
        assert_eq!(
            (event["event"].as_str(), event["state"]["state"].as_str()),
            (Some("state_changed"), Some("on"))
        );
    }
}

#[tokio::test]
async fn nothing_is_lost_between_snapshot_and_events() {
    let live = Live::start().await;
    let writer = async {
        for n in 0..2_000 {
            live.api.inbound("temp", &n.to_string()).await;
        }
    };
    let reader = async {
        let mut panel = live.connect().await;
        let snapshot = panel.snapshot().await;
        let mut value: f64 =
            snapshot["states"]["sensor.temperature"]["state"].as_str().unwrap().parse().unwrap();
        let mut revision = snapshot["revision"].as_u64().unwrap();
        while value < 1_999.0 {
            let message = panel.next().await;
            // After a lag a snapshot is right, too; it must not go back.
            let state = match message["type"].as_str().unwrap() {
                "events" => {
                    assert!(message["revision"].as_u64().unwrap() > revision);
                    let events = message["events"].as_array().unwrap();
                    let last = events.iter().rfind(|event| event["entity"] == "sensor.temperature");
                    last.map(|event| event["state"]["state"].clone())
                }
                "snapshot" => Some(message["states"]["sensor.temperature"]["state"].clone()),
                other => panic!("{other}"),
            };
            revision = message["revision"].as_u64().unwrap();
            if let Some(state) = state {
                let now: f64 = state.as_str().unwrap().parse().unwrap();
                assert!(now >= value, "{now} after {value}");
                value = now;
            }
        }
    };
    tokio::join!(writer, reader);
}

#[tokio::test]
async fn a_sentence_is_answered_over_the_same_connection() {
    let live = Live::start().await;
    let mut panel = live.connect().await;
    panel.snapshot().await;
    panel.say(json!({"type": "converse", "id": 7, "text": "turn on the lamp"})).await;
    let reply = loop {
        let message = panel.next().await;
        if message["type"] == "reply" {
            break message;
        }
    };
    assert_eq!((reply["id"].as_i64(), reply["reply"]["kind"].as_str()), (Some(7), Some("action_done")));
    panel.say(json!({"type": "converse", "id": "b", "text": ""})).await;
    let error = loop {
        let message = panel.next().await;
        if message["type"] == "error" {
            break message;
        }
    };
    assert_eq!((error["id"].as_str(), error["error"]["code"].as_str()), (Some("b"), Some("invalid")));
    panel.say(json!({"type": "dance"})).await;
    let error = panel.next().await;
    assert_eq!(error["error"]["code"], "bad_message");
}

#[tokio::test]
async fn log_lines_come_when_asked_for() {
    let live = Live::start().await;
    let mut panel = live.connect().await;
    panel.snapshot().await;
    panel.say(json!({"type": "subscribe", "logs": true})).await;
    // An answer to a later message shows that the earlier one was heard.
    panel.say(json!({"type": "dance"})).await;
    assert_eq!(panel.next().await["type"], "error");
    live.api.logs.push(LogEntry {
        time: Timestamp::from_millis(BEGIN),
        level: LogImportance::Warn,
        target: "test".into(),
        message: "look here".into(),
        fields: Map::new(),
    });
    let line = panel.next().await;
    assert_eq!((line["type"].as_str(), line["entry"]["message"].as_str()), (Some("log"), Some("look here")));
}

#[tokio::test]
async fn only_known_callers_from_the_own_page_get_in() {
    let live = Live::start().await;
    let As::Browser(cookie, _) = live.api.browser().await else { unreachable!() };
    let cookie = ("cookie", format!("homeclaw_session={cookie}"));
    let own = ("origin", format!("http://{}", live.address));
    assert_eq!(live.try_connect(&[]).await.err(), Some(401));
    assert_eq!(live.try_connect(&[("authorization", "Bearer hc_wrong".into())]).await.err(), Some(401));
    assert_eq!(live.try_connect(std::slice::from_ref(&cookie)).await.err(), Some(403));
    let foreign = ("origin", "http://evil.example".to_owned());
    assert_eq!(live.try_connect(&[cookie.clone(), foreign]).await.err(), Some(403));
    live.try_connect(&[cookie, own]).await.unwrap().snapshot().await;
    let offer = ("sec-websocket-protocol", format!("homeclaw, {}", live.api.cli_token()));
    live.try_connect(&[offer]).await.unwrap().snapshot().await;
    // A plain request is no upgrade.
    live.api.get("/api/v1/ws").await.refused(400, "no_websocket");
}

#[tokio::test]
async fn who_logs_out_is_cut_off() {
    let live = Live::start().await;
    let browser = live.api.browser().await;
    let As::Browser(cookie, _) = &browser else { unreachable!() };
    let headers =
        [("cookie", format!("homeclaw_session={cookie}")), ("origin", format!("http://{}", live.address))];
    let mut panel = live.try_connect(&headers).await.unwrap();
    let mut other = live.connect().await;
    panel.snapshot().await;
    other.snapshot().await;
    live.api.ask(&browser, "DELETE", "/api/v1/session", None).await.expect(204);
    assert_eq!(u16::from(panel.closed().await.code), 1008);
    live.api.handle.announce(Event::Broadcast { text: "dinner".into() }).await.unwrap();
    other.event(|event| event["text"] == "dinner").await;
}

#[tokio::test]
async fn a_stopping_hub_says_so() {
    let live = Live::start().await;
    let mut panel = live.connect().await;
    panel.snapshot().await;
    live.api.stopping.cancel();
    assert_eq!(u16::from(panel.closed().await.code), 1001);
}

#[tokio::test]
async fn what_is_no_message_ends_nothing_but_what_is_too_long_does() {
    let live = Live::start().await;
    let mut panel = live.connect().await;
    panel.snapshot().await;
    panel.0.send(Message::text("{")).await.unwrap();
    assert_eq!(panel.next().await["type"], "error");
    panel.0.send(Message::text("x".repeat(40_000))).await.unwrap();
    let rest = tokio::time::timeout(Duration::from_secs(20), async {
        while let Some(Ok(_)) = panel.0.next().await {}
    });
    rest.await.expect("the connection ends");
}
