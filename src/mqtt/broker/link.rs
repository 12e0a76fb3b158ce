//! One client's connection: log-in, packets in, packets out.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use bytes::BytesMut;
use rumqttc::mqttbytes::Error as PacketError;
use rumqttc::mqttbytes::v4::{ConnAck, Connect, ConnectReturnCode, Packet};
use subtle::ConstantTimeEq;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout};

use super::super::settings::{BrokerSettings, Login};
use super::super::topics::check_topic;
use super::router::Router;
use super::session::Outbox;

/// How long a client may take to log in.
const LOGIN: Duration = Duration::from_secs(10);
/// How long a client may take nothing of what is written to it.
const STALL: Duration = Duration::from_secs(10);
/// How long those who publish wait for one who reads too slowly, before that one is sent away.
const PATIENCE: Duration = Duration::from_secs(2);
/// What a client must read in that time to count as reading.
const PROGRESS: usize = 64 * 1024;
/// Longest name of a client.
const CLIENT_BYTES: usize = 256;
/// Packets of one client that are handled before the others have their turn.
const TURN: usize = 64;

type Shared = Rc<RefCell<Router>>;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("it said goodbye")]
    Goodbye,
    #[error("a newer connection of the same client took over, or it read too slowly")]
    Replaced,
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("it kept silent for longer than its keep-alive")]
    Silent,
    #[error("it sent what is no MQTT: {0}")]
    Packet(PacketError),
    #[error("{0}")]
    Offence(#[from] super::router::Offence),
}

/// Serves a client until it goes.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    peer: SocketAddr,
    router: Shared,
    settings: Rc<BrokerSettings>,
    stranger: super::Stranger,
) {
    let mut input = BytesMut::with_capacity(4 * 1024);
    let connect = match timeout(LOGIN, log_in(&mut stream, &mut input, &settings, &router)).await {
        Ok(Ok(connect)) => connect,
        Ok(Err(reason)) => {
            tracing::debug!(%peer, reason, "the MQTT broker lets a connection go");
            return;
        }
        Err(_) => return,
    };
    drop(stranger);
    let outbox = Rc::new(Outbox::default());
    let (key, present) = router.borrow_mut().attach(&connect.client_id, connect.clean_session, &outbox);
    outbox.push(&Packet::ConnAck(ConnAck::new(ConnectReturnCode::Success, present)));
    router.borrow_mut().resume(key);
    tracing::info!(client = connect.client_id, %peer, "an MQTT client is connected");

    let (reader, writer) = tokio::io::split(stream);
    let end = tokio::select! {
        end = read(reader, input, key, &connect, &settings, &router) => end,
        end = write(writer, &outbox, &router) => end,
        () = outbox.closing.notified() => End::Replaced,
    };
    router.borrow_mut().detach(key, &outbox);
    if let (Some(will), false) = (&connect.last_will, matches!(end, End::Goodbye)) {
        router.borrow_mut().publish(&will.topic, &will.message, will.qos, will.retain);
    }
    tracing::info!(client = connect.client_id, %peer, "an MQTT client is gone: {end}");
}

async fn log_in<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    input: &mut BytesMut,
    settings: &BrokerSettings,
    router: &Shared,
) -> Result<Connect, String> {
    let packet = loop {
        match Packet::read(input, settings.max_packet) {
            Ok(packet) => break packet,
            Err(PacketError::InsufficientBytes(_)) => {
                if stream.read_buf(input).await.map_err(|error| error.to_string())? == 0 {
                    return Err("it went before it logged in".to_owned());
                }
            }
            Err(PacketError::InvalidProtocolLevel(level)) => {
                refuse(stream, ConnectReturnCode::RefusedProtocolVersion).await;
                return Err(format!("it speaks MQTT of level {level}; this broker speaks 3.1.1"));
            }
            Err(error) => return Err(error.to_string()),
        }
    };
    let Packet::Connect(mut connect) = packet else { return Err("it did not log in".to_owned()) };
    if let Err(code) = examine(&connect, settings, router) {
        refuse(stream, code).await;
        return Err(format!("client {:?}: {code:?}", connect.client_id.chars().take(64).collect::<String>()));
    }
    if connect.client_id.is_empty() {
        let bytes: [u64; 2] = [getrandom::u64().unwrap_or(0), getrandom::u64().unwrap_or(1)];
        connect.client_id = format!("auto-{:016x}{:016x}", bytes[0], bytes[1]);
    }
    Ok(connect)
}

fn examine(connect: &Connect, settings: &BrokerSettings, router: &Shared) -> Result<(), ConnectReturnCode> {
    let client = connect.client_id.as_str();
    if client.len() > CLIENT_BYTES || (client.is_empty() && !connect.clean_session) {
        return Err(ConnectReturnCode::BadClientId);
    }
    let login = connect.login.as_ref().map(|login| (login.username.as_str(), login.password.as_str()));
    if !may_enter(&settings.logins, login) {
        let user = login.map_or("", |(user, _)| user);
        tracing::warn!(client, user, "the MQTT broker refuses a client: user or password is wrong");
        return Err(ConnectReturnCode::BadUserNamePassword);
    }
    if connect.last_will.as_ref().is_some_and(|will| check_topic(&will.topic).is_err()) {
        return Err(ConnectReturnCode::NotAuthorized);
    }
    if router.borrow().connected() >= settings.max_connections {
        tracing::warn!(
            client,
            "the MQTT broker refuses a client: mqtt.embedded.max_connections are connected"
        );
        return Err(ConnectReturnCode::ServiceUnavailable);
    }
    Ok(())
}

fn may_enter(logins: &[Login], login: Option<(&str, &str)>) -> bool {
    logins.is_empty()
        || login.is_some_and(|(user, password)| {
            logins.iter().any(|known| {
                let same = known.user.as_bytes().ct_eq(user.as_bytes());
                bool::from(same & known.password.as_bytes().ct_eq(password.as_bytes()))
            })
        })
}

async fn refuse<S: AsyncWrite + Unpin>(stream: &mut S, code: ConnectReturnCode) {
    let mut answer = BytesMut::new();
    if ConnAck::new(code, false).write(&mut answer).is_ok() {
        // The client may be gone already.
        let _ = stream.write_all(&answer).await;
        let _ = stream.shutdown().await;
    }
}

async fn read<R: AsyncRead + Unpin>(
    mut reader: R,
    mut input: BytesMut,
    key: u64,
    connect: &Connect,
    settings: &BrokerSettings,
    router: &Shared,
) -> End {
    // One and a half times the keep-alive, as the specification wants it; 0 is for ever.
    let silence = match connect.keep_alive {
        0 => Duration::from_secs(u64::from(u32::MAX)),
        seconds => Duration::from_millis(u64::from(seconds) * 1_500),
    };
    let mut count = 0;
    loop {
        match Packet::read(&mut input, settings.max_packet) {
            Ok(Packet::Disconnect) => return End::Goodbye,
            Ok(packet) => {
                if let Err(offence) = router.borrow_mut().take(key, packet) {
                    return offence.into();
                }
                count += 1;
                if count % TURN == 0 {
                    relieve(router).await;
                    tokio::task::yield_now().await;
                }
            }
            Err(PacketError::InsufficientBytes(_)) => {
                relieve(router).await;
                match timeout(silence, reader.read_buf(&mut input)).await {
                    Ok(Ok(0)) => return End::Io(std::io::ErrorKind::ConnectionAborted.into()),
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) => return End::Io(error),
                    Err(_) => return End::Silent,
                }
            }
            Err(error) => return End::Packet(error),
        }
    }
}

/// Waits while somebody has too much waiting: those who publish are slowed down to what is read. One who reads
/// nothing, or next to nothing, is sent away.
async fn relieve(router: &Shared) {
    loop {
        let (congested, relieved) = {
            let router = router.borrow();
            (router.congested(), Rc::clone(&router.relieved))
        };
        if congested.is_empty() {
            return;
        }
        for outbox in &congested {
            if outbox.progress.get().elapsed() > PATIENCE {
                outbox.close();
            }
        }
        // Rings when somebody has read; the time is for those who never do.
        let _ = timeout(Duration::from_millis(20), relieved.notified()).await;
    }
}

async fn write<W: AsyncWrite + Unpin>(mut writer: W, outbox: &Outbox, router: &Shared) -> End {
    let mut taken = 0;
    loop {
        if outbox.is_empty() {
            outbox.ready.notified().await;
            continue;
        }
        // What comes while the others have their turn goes out in the same write.
        tokio::task::yield_now().await;
        let mut bytes = outbox.take();
        outbox.writing.set(bytes.len());
        let mut written = 0;
        while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
            match timeout(STALL, writer.write(rest)).await {
                Ok(Ok(0)) => return End::Io(std::io::ErrorKind::WriteZero.into()),
                Ok(Ok(count)) => {
                    written += count;
                    outbox.writing.set(bytes.len() - written);
                    taken += count;
                    // A trickle is no progress: it would slow the publishers down for ever.
                    if taken >= PROGRESS || written == bytes.len() {
                        taken = 0;
                        outbox.progress.set(Instant::now());
                    }
                }
                Ok(Err(error)) => return End::Io(error),
                Err(_) => return End::Io(std::io::ErrorKind::TimedOut.into()),
            }
        }
        if let Err(error) = writer.flush().await {
            return End::Io(error);
        }
        bytes.clear();
        outbox.give_back(bytes);
        outbox.writing.set(0);
        router.borrow().relieved.notify_waiters();
    }
}
