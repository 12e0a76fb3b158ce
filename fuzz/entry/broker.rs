//! Any bytes as what a client sends to the embedded broker, over real TCP: the broker lets that client go, and
//! serves another one on.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use homeclaw::mqtt::{Broker, BrokerSettings};

/// Nothing takes this long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(8);
/// Clean session, no keep-alive, and the name `fuzz`.
const CONNECT: &[u8] = b"\x10\x10\x00\x04MQTT\x04\x02\x00\x00\x00\x04fuzz";

static BROKER: LazyLock<Broker> = LazyLock::new(|| {
    let listen = SocketAddr::from(([0, 0, 0, 0], 0));
    let settings = BrokerSettings { listen, max_packet: 16 * 1024, ..BrokerSettings::default() };
    Broker::start(settings).expect("a broker")
});

/// Somebody else, who is to notice nothing.
static OTHER: LazyLock<Mutex<TcpStream>> = LazyLock::new(|| {
    let mut stream = connect();
    stream.write_all(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00").expect("a broker that listens");
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).expect("an answer to the login");
    assert_eq!(answer, *b"\x20\x02\x00\x00");
    Mutex::new(stream)
});

/// Each time at another address of this machine: used-up ports would end the run otherwise.
fn connect() -> TcpStream {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let [_, a, b, c] = COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let address = SocketAddr::from(([127, a, b, c.max(1)], BROKER.address().port()));
    let stream = TcpStream::connect(address).expect("a broker that listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
    stream
}

/// Whatever is handed in must do no harm.
pub(crate) fn run(data: &[u8]) {
    let Some((first, bytes)) = data.split_first() else { return };
    let mut other = OTHER.lock().unwrap_or_else(PoisonError::into_inner);
    let mut stream = connect();
    if first & 1 == 0 {
        // It may be sent away at any time, so no write has to succeed.
        let _ = stream.write_all(CONNECT);
    }
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answers = [0; 4 * 1024];
    loop {
        match stream.read(&mut answers) {
            Ok(0) => break,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("the broker holds on"),
            Err(_) => break,
            Ok(_) => {}
        }
    }
    other.write_all(b"\xc0\x00").expect("the other client's connection");
    let mut answer = [0; 2];
    other.read_exact(&mut answer).expect("an answer to the other client");
    assert_eq!(answer, *b"\xd0\x00", "the other client subscribed to nothing");
}
