//! rumqttd as a peer for `benches/mqtt.rs`, and a command that shows what ruled it out.
//!
//! `rumqttd-peer serve PORT USER PASSWORD` runs it on 127.0.0.1 until it is killed.
//! `rumqttd-peer topic` sends one message to a topic whose first letter is not ASCII, and tells what became of the
//! broker: exit code 0 when it does not answer any more, 1 when it does.

use std::collections::HashMap;
use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rumqttd::{Broker, Config, ConnectionSettings, RouterConfig, ServerSettings};

type Res<T> = Result<T, Box<dyn Error>>;

/// How long an answer may take that is to come.
const PATIENCE: Duration = Duration::from_secs(5);

/// As in rumqttd's own example, except where that would lose messages in the bench: the packet may be as large as
/// the other brokers allow, and a subscription may get all retained messages. Nothing is printed per message.
fn config(listen: SocketAddr, login: Option<(String, String)>) -> Config {
    let server = ServerSettings {
        name: "v4-1".to_owned(),
        listen,
        tls: None,
        next_connection_delay_ms: 0,
        connections: ConnectionSettings {
            connection_timeout_ms: 60_000,
            max_payload_size: 1024 * 1024,
            max_inflight_count: 500,
            auth: login.map(|login| HashMap::from([login])),
            external_auth: None,
            // Makes no difference in 0.20: a topic without a filter never gets one.
            dynamic_filters: false,
        },
    };
    Config {
        router: RouterConfig {
            max_connections: 10_010,
            max_outgoing_packet_count: 1_000_000,
            max_segment_size: 104_857_600,
            max_segment_count: 10,
            ..RouterConfig::default()
        },
        v4: Some(HashMap::from([("1".to_owned(), server)])),
        ..Config::default()
    }
}

fn serve(port: &str, user: &str, password: &str) -> Res<()> {
    let listen = SocketAddr::from(([127, 0, 0, 1], port.parse()?));
    Ok(Broker::new(config(listen, Some((user.to_owned(), password.to_owned())))).start()?)
}

/// An MQTT packet shorter than 128 bytes.
fn packet(kind: u8, body: &[u8]) -> Res<Vec<u8>> {
    let mut packet = vec![kind, u8::try_from(body.len())?];
    packet.extend(body);
    Ok(packet)
}

fn text(text: &str) -> Res<Vec<u8>> {
    let mut bytes = u16::try_from(text.len())?.to_be_bytes().to_vec();
    bytes.extend(text.as_bytes());
    Ok(bytes)
}

/// Logs in.
fn connect(address: SocketAddr, client: &str) -> Res<TcpStream> {
    let mut socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let body = [b"\0\x04MQTT\x04\x02\0\x3c", text(client)?.as_slice()].concat();
    socket.write_all(&packet(0x10, &body)?)?;
    let mut answer = [0; 4];
    socket.read_exact(&mut answer)?;
    Ok(socket)
}

/// Sends a message and waits until it comes back.
fn echo(socket: &mut TcpStream, topic: &str) -> Res<()> {
    let publish = packet(0x30, &[text(topic)?, b"hello".to_vec()].concat())?;
    socket.write_all(&publish)?;
    let mut answer = vec![0; publish.len()];
    Ok(socket.read_exact(&mut answer)?)
}

/// Whether the broker outlives the topic.
fn topic() -> Res<bool> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    std::thread::spawn(move || Broker::new(config(address, None)).start());
    let start = Instant::now();
    while TcpStream::connect(address).is_err() && start.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut client = connect(address, "client")?;
    client.write_all(&packet(0x82, &[&[0, 1], text("#")?.as_slice(), &[0]].concat())?)?;
    client.read_exact(&mut [0; 5])?;
    let mut out = std::io::stdout();
    echo(&mut client, "living_room/lamp")?;
    writeln!(out, "living_room/lamp: the message came back")?;
    let alive = match echo(&mut client, "客厅/灯") {
        Ok(()) => {
            writeln!(out, "客厅/灯: the message came back")?;
            true
        }
        Err(error) => {
            writeln!(out, "客厅/灯: nothing came back ({error})")?;
            false
        }
    };
    match connect(address, "another") {
        Ok(_) => writeln!(out, "another client: let in")?,
        Err(error) => writeln!(out, "another client: not let in ({error})")?,
    }
    Ok(alive)
}

fn main() -> Res<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", port, user, password] => serve(port, user, password).map(|()| ExitCode::SUCCESS),
        ["topic"] => Ok(if topic()? { ExitCode::FAILURE } else { ExitCode::SUCCESS }),
        _ => Err("write: rumqttd-peer serve PORT USER PASSWORD, or rumqttd-peer topic".into()),
    }
}
