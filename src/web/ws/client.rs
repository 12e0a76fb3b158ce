//! One connected client.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message as Frame, Utf8Bytes, WebSocket, close_code};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use utoipa::ToSchema;

use crate::hub::HubError;
use crate::model::{Event, Reply, Revision};
use crate::runtime::LogEntry;
use crate::web::Web;
use crate::web::auth::{Caller, Principal};
use crate::web::routes::conversation::{self, Sentence};
use crate::web::snapshot::Snapshot;

use super::Slot;
use super::feed::Batch;

/// A client that takes nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(10);
const PING: Duration = Duration::from_secs(25);
/// Sentences of one client that may be answered at the same time.
const SENTENCES: usize = 4;
/// A slow client gets no snapshot sooner after another.
const BETWEEN_SNAPSHOTS: Duration = Duration::from_millis(500);

/// What a client may say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = ClientMessage)]
pub(in crate::web) enum FromClient {
    /// Which further messages it wants.
    Subscribe {
        /// New log lines.
        logs: bool,
    },
    /// A sentence.
    Converse {
        /// Comes back with the reply.
        id: Value,
        #[serde(flatten)]
        sentence: Sentence,
    },
}

/// What a client is told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = ServerMessage)]
pub(in crate::web) enum ToClient<'a> {
    /// The whole home; always the first message, and again after a lag.
    Snapshot(&'a Snapshot),
    /// What happened, in its order.
    Events {
        /// Of the last of them.
        revision: Revision,
        /// All of them.
        events: &'a [Arc<Event>],
    },
    /// A line of the log, once subscribed.
    Log {
        /// The line.
        entry: &'a LogEntry,
    },
    /// The answer to a sentence.
    Reply {
        /// The sentence's.
        id: &'a Value,
        /// The answer.
        reply: &'a Reply,
    },
    /// A message was refused.
    Error {
        /// The sentence's, or null.
        id: &'a Value,
        /// Why.
        error: Mistake<'a>,
    },
}

/// Why a message was refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessageError)]
pub(in crate::web) struct Mistake<'a> {
    /// For programs.
    #[schema(example = "bad_message")]
    code: &'a str,
    /// For people.
    message: &'a str,
}

/// Why a connection ends.
#[derive(Debug)]
enum End {
    /// The client left, or takes nothing.
    Gone,
    /// The hub ends it, for this reason.
    Close(u16, &'static str),
}

impl From<HubError> for End {
    fn from(_: HubError) -> Self {
        STOPPING
    }
}

const STOPPING: End = End::Close(close_code::AWAY, "the hub is stopping");
const LOGGED_OUT: End = End::Close(close_code::POLICY, "logged out");

struct Client {
    socket: WebSocket,
    web: Arc<Web>,
    principal: Principal,
    batches: broadcast::Receiver<Batch>,
    /// The newest event that the client has.
    sent: Revision,
    last_snapshot: Instant,
    logs: Option<broadcast::Receiver<Arc<LogEntry>>>,
    sentences: JoinSet<()>,
    replies: mpsc::Sender<String>,
    unanswered_pings: u8,
}

/// Speaks with a client until one of the two leaves.
pub(super) async fn serve(socket: WebSocket, web: Arc<Web>, principal: Principal, slot: Slot) {
    let (replies, answered) = mpsc::channel(SENTENCES);
    let mut client = Client {
        socket,
        batches: web.feed.subscribe(),
        web,
        principal,
        sent: Revision::default(),
        last_snapshot: Instant::now(),
        logs: None,
        sentences: JoinSet::new(),
        replies,
        unanswered_pings: 0,
    };
    if let End::Close(code, reason) = client.run(answered).await {
        let frame = Frame::Close(Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) }));
        // It may have gone first.
        let _ = client.send(frame).await;
    }
    drop(slot);
}

impl Client {
    async fn run(&mut self, answered: mpsc::Receiver<String>) -> End {
        match self.speak(answered).await {
            Ok(()) => End::Gone,
            Err(end) => end,
        }
    }

    async fn speak(&mut self, mut answered: mpsc::Receiver<String>) -> Result<(), End> {
        self.snapshot().await?;
        let web = Arc::clone(&self.web);
        let mut revoked = web.auth.revocations();
        let mut ping = tokio::time::interval_at(Instant::now() + PING, PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                batch = self.batches.recv() => self.batch(batch).await?,
                frame = self.socket.recv() => match frame {
                    Some(Ok(frame)) => self.heard(frame).await?,
                    Some(Err(_)) | None => return Ok(()),
                },
                Some(json) = answered.recv() => self.text(json.into()).await?,
                entry = next_line(&mut self.logs) => self.tell(&ToClient::Log { entry: &entry }).await?,
                _ = self.sentences.join_next(), if !self.sentences.is_empty() => {}
                _ = revoked.changed() => self.still_good()?,
                _ = ping.tick() => self.ping().await?,
                () = web.stopping.cancelled() => return Err(STOPPING),
            }
        }
    }

    async fn batch(&mut self, batch: Result<Batch, RecvError>) -> Result<(), End> {
        match batch {
            // The snapshot had it already.
            Ok(Batch::Events { last, .. }) if last <= self.sent => Ok(()),
            Ok(Batch::Events { last, json }) => {
                self.sent = last;
                self.text(json).await
            }
            Ok(Batch::Lost) | Err(RecvError::Lagged(_)) => {
                tokio::time::sleep_until(self.last_snapshot + BETWEEN_SNAPSHOTS).await;
                self.snapshot().await
            }
            Err(RecvError::Closed) => Err(STOPPING),
        }
    }

    /// Sends everything. The feed is joined first, so that nothing falls between the two.
    async fn snapshot(&mut self) -> Result<(), End> {
        self.batches = self.web.feed.subscribe();
        self.last_snapshot = Instant::now();
        let snapshot = Snapshot::take(&self.web).await?;
        self.sent = snapshot.revision();
        self.tell(&ToClient::Snapshot(&snapshot)).await
    }

    async fn heard(&mut self, frame: Frame) -> Result<(), End> {
        self.unanswered_pings = 0;
        let text = match frame {
            Frame::Text(text) => text,
            Frame::Close(_) => return Err(End::Gone),
            Frame::Binary(_) => return Err(End::Close(close_code::UNSUPPORTED, "only text is understood")),
            Frame::Ping(_) | Frame::Pong(_) => return Ok(()),
        };
        match serde_json::from_str(&text) {
            Ok(FromClient::Subscribe { logs }) => {
                self.logs = logs.then(|| self.web.logs.follow());
                Ok(())
            }
            Ok(FromClient::Converse { id, sentence }) => self.converse(id, sentence).await,
            Err(error) => self.refuse(&Value::Null, "bad_message", &error.to_string()).await,
        }
    }

    /// Answers a sentence without holding up events meanwhile.
    async fn converse(&mut self, id: Value, sentence: Sentence) -> Result<(), End> {
        if self.sentences.len() >= SENTENCES {
            return self.refuse(&id, "busy", "too many sentences at once").await;
        }
        let (web, replies) = (Arc::clone(&self.web), self.replies.clone());
        let caller = Caller(self.principal.clone());
        self.sentences.spawn(async move {
            let answer = conversation::converse(&web, &caller, sentence).await;
            let message = match &answer {
                Ok(reply) => ToClient::Reply { id: &id, reply },
                Err(error) => {
                    let error = Mistake { code: error.code(), message: error.message() };
                    ToClient::Error { id: &id, error }
                }
            };
            if let Ok(json) = serde_json::to_string(&message) {
                // The client may have left meanwhile.
                let _ = replies.send(json).await;
            }
        });
        Ok(())
    }

    async fn refuse(&mut self, id: &Value, code: &str, message: &str) -> Result<(), End> {
        self.tell(&ToClient::Error { id, error: Mistake { code, message } }).await
    }

    fn still_good(&self) -> Result<(), End> {
        if self.web.auth.still_good(&self.principal) { Ok(()) } else { Err(LOGGED_OUT) }
    }

    async fn ping(&mut self) -> Result<(), End> {
        self.still_good()?;
        if self.unanswered_pings >= 2 {
            return Err(End::Gone);
        }
        self.unanswered_pings += 1;
        self.send(Frame::Ping(Bytes::new())).await
    }

    async fn tell(&mut self, message: &ToClient<'_>) -> Result<(), End> {
        match serde_json::to_string(message) {
            Ok(json) => self.text(json.into()).await,
            Err(error) => {
                tracing::error!(%error, "a message to a panel cannot be written as JSON");
                Err(End::Close(close_code::ERROR, "the message cannot be written"))
            }
        }
    }

    async fn text(&mut self, json: Utf8Bytes) -> Result<(), End> {
        self.send(Frame::Text(json)).await
    }

    async fn send(&mut self, frame: Frame) -> Result<(), End> {
        match tokio::time::timeout(PATIENCE, self.socket.send(frame)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }
}

/// The next line of the log; never, while nobody asked for lines.
async fn next_line(logs: &mut Option<broadcast::Receiver<Arc<LogEntry>>>) -> Arc<LogEntry> {
    loop {
        let Some(lines) = logs.as_mut() else { return std::future::pending().await };
        match lines.recv().await {
            Ok(entry) => return entry,
            // Missed lines are gone; GET /api/v1/logs still has them.
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => *logs = None,
        }
    }
}
