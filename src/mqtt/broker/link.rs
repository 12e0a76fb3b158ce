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

use crate::runtime::contain;

use super::super::settings::{BrokerSettings, Login};
use super::super::topics::check_topic;
use super::outbox::Outbox;
use super::router::Router;

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
/// Largest packet of a client that is not logged in: a will of 64 KiB with its topic.
const LOGIN_BYTES: usize = 144 * 1024;
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
    #[error("a fault in the program: {0}")]
    Fault(String),
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
    tracing::info!(client = connect.client_id, %peer, "an MQTT client is connected");

    let (reader, writer) = tokio::io::split(stream);
    let talk = async {
        outbox.push(Packet::ConnAck(ConnAck::new(ConnectReturnCode::Success, present)));
        router.borrow_mut().resume(key);
        tokio::select! {
            end = read(reader, input, key, &connect, &settings, &router) => end,
            end = write(writer, &outbox, &router) => end,
            () = outbox.closing.notified() => End::Replaced,
        }
    };
    let end = contain(talk).await.unwrap_or_else(End::Fault);
    router.borrow_mut().detach(key, &outbox);
    if let (Some(will), false) = (&connect.last_will, matches!(end, End::Goodbye)) {
        router.borrow_mut().publish(&will.topic, &will.message, will.qos, will.retain);
    }
    let client = connect.client_id;
    match end {
        End::Fault(_) => tracing::error!(client, %peer, "an MQTT client's connection is ended: {end}"),
        end => tracing::info!(client, %peer, "an MQTT client is gone: {end}"),
    }
}

async fn log_in<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    input: &mut BytesMut,
    settings: &BrokerSettings,
    router: &Shared,
) -> Result<Connect, String> {
    let packet = loop {
        if let Some(level) = protocol_level(input).filter(|level| *level != LEVEL) {
            say(stream, wrong_level(level)).await;
            return Err(format!("it speaks MQTT of level {level}; this broker speaks 3.1.1"));
        }
        match Packet::read(input, settings.max_packet.min(LOGIN_BYTES)) {
            Ok(packet) => break packet,
            Err(PacketError::InsufficientBytes(_)) => {
                if stream.read_buf(input).await.map_err(|error| error.to_string())? == 0 {
                    return Err("it went before it logged in".to_owned());
                }
            }
            Err(error) => return Err(error.to_string()),
        }
    };
    let Packet::Connect(mut connect) = packet else { return Err("it did not log in".to_owned()) };
    if let Err(code) = examine(&connect, settings, router) {
        say(stream, &[0x20, 2, 0, refusal(code)]).await;
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

/// Level of MQTT 3.1.1.
const LEVEL: u8 = 4;

/// The level of the protocol that a client asks for, as soon as it can be told. Looked at before anything else: the
/// rest of the packet reads differently at another level.
fn protocol_level(input: &[u8]) -> Option<u8> {
    let (0x10, rest) = input.split_first()? else { return None };
    // The length of the packet: up to four bytes, all but the last with the highest bit.
    let length = rest.iter().take(4).position(|byte| *byte < 0x80)?;
    let body = rest.get(length + 1..)?;
    let level = body.strip_prefix(b"\0\x04MQTT").or_else(|| body.strip_prefix(b"\0\x06MQIsdp"))?;
    level.first().copied()
}

/// "Unsupported protocol version", in the words of the client's own version.
fn wrong_level(level: u8) -> &'static [u8] {
    if level == 5 { &[0x20, 3, 0, 0x84, 0] } else { &[0x20, 2, 0, 1] }
}

/// The number of MQTT 3.1.1, section 3.2.2.3.
fn refusal(code: ConnectReturnCode) -> u8 {
    match code {
        ConnectReturnCode::BadClientId => 2,
        ConnectReturnCode::ServiceUnavailable => 3,
        ConnectReturnCode::BadUserNamePassword => 4,
        _ => 5,
    }
}

async fn say<S: AsyncWrite + Unpin>(stream: &mut S, answer: &[u8]) {
    // The client may be gone already.
    let _ = stream.write_all(answer).await;
    let _ = stream.shutdown().await;
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
    let mut bytes = BytesMut::new();
    loop {
        if outbox.is_empty() {
            // An idle connection keeps no memory.
            bytes = BytesMut::new();
            outbox.ready.notified().await;
            continue;
        }
        // What comes while the others have their turn goes out in the same write.
        tokio::task::yield_now().await;
        outbox.fill(&mut bytes);
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
        router.borrow().relieved.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use bytes::Bytes;
    use rumqttc::QoS;
    use rumqttc::mqttbytes::v4::{LastWill, Publish};
    use tokio::io::ReadBuf;

    use super::super::Stranger;
    use super::*;

    /// A client's socket that gives these bytes, and then makes whoever reads on panic.
    struct Faulty(Vec<u8>);

    impl AsyncRead for Faulty {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            to: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            assert!(!self.0.is_empty(), "read past the end");
            to.put_slice(&std::mem::take(&mut self.0));
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Faulty {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(from.len()))
        }
        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn bytes(packet: &Packet) -> BytesMut {
        let mut bytes = BytesMut::new();
        packet.write(&mut bytes, usize::MAX).unwrap();
        bytes
    }

    #[tokio::test]
    async fn a_panic_ends_one_connection_properly() {
        let router = Shared::default();
        let witness = Rc::new(Outbox::default());
        let (key, _) = router.borrow_mut().attach("witness", true, &witness);
        let subscribe = rumqttc::mqttbytes::v4::Subscribe::new("#", QoS::AtMostOnce);
        router.borrow_mut().take(key, Packet::Subscribe(subscribe)).unwrap();
        witness.fill(&mut BytesMut::new());

        let will = LastWill::new("lamp/available", "offline", QoS::AtMostOnce, false);
        let connect = Connect { last_will: Some(will), ..Connect::new("lamp") };
        let peer = ([127, 0, 0, 1], 1).into();
        let settings = Rc::new(BrokerSettings::default());
        let stranger = Stranger::new(&Rc::new(Cell::new(0)));
        let stream = Faulty(bytes(&Packet::Connect(connect)).to_vec());
        serve(stream, peer, Rc::clone(&router), settings, stranger).await;

        assert_eq!(router.borrow().connected(), 1);
        let mut said = BytesMut::new();
        witness.fill(&mut said);
        let publish = Publish::from_bytes("lamp/available", QoS::AtMostOnce, Bytes::from_static(b"offline"));
        assert_eq!(said, bytes(&Packet::Publish(publish)));
    }

    #[test]
    fn the_level_of_the_protocol_is_seen_first() {
        let five = b"\x10\x10\x00\x04MQTT\x05\x02\x00\x3c";
        assert_eq!(protocol_level(five), Some(5));
        assert_eq!(protocol_level(b"\x10\x80\x01\x00\x06MQIsdp\x03"), Some(3));
        assert_eq!(protocol_level(&bytes(&Packet::Connect(Connect::new("x")))), Some(LEVEL));
        for cut in 0..9 {
            assert_eq!(protocol_level(&five[..cut.min(8)]), None);
        }
        for other in [&b""[..], b"GET / HTTP/1.1", b"\x10\xff\xff\xff\xff\xff", b"\x30\x05\x00\x04MQTT\x05"] {
            assert_eq!(protocol_level(other), None);
        }
    }
}
