//! Any bytes as what a broker sends to the hub's client, over real TCP: the client lets that broker go, and
//! connects again.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::sync::LazyLock;
use std::time::Duration;

use homeclaw::hub::ports::Mqtt;
use homeclaw::model::{HealthLevel, Inbound};
use homeclaw::mqtt::{Client, ClientSettings, Gone, Sink};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// Nothing takes this long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(8);
const CONNACK: &[u8] = b"\x20\x02\x00\x00";

/// Takes everything.
struct Taker;

impl Sink for Taker {
    async fn inbound(&self, message: Inbound) -> Result<(), Gone> {
        assert!(message.topic.starts_with("wanted/"), "{:?} was not subscribed to", message.topic);
        Ok(())
    }

    async fn connected(&self, _: bool) -> Result<(), Gone> {
        Ok(())
    }

    async fn health(&self, _: HealthLevel, _: String, _: u32) -> Result<(), Gone> {
        Ok(())
    }
}

static BROKER: LazyLock<(TcpListener, Runtime)> = LazyLock::new(|| {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let (client, task) = Client::new(ClientSettings {
        port: listener.local_addr().expect("an address").port(),
        retry: (Duration::from_micros(1), Duration::from_micros(1)),
        max_payload: 1_024,
        ..ClientSettings::default()
    })
    .expect("a client");
    client.subscribe(vec!["wanted/#".to_owned()]);
    runtime.spawn(task.run(Taker, CancellationToken::new()));
    (listener, runtime)
});

/// Whatever is handed in must do no harm.
pub(crate) fn run(data: &[u8]) {
    let Some((first, bytes)) = data.split_first() else { return };
    // That it comes back shows that the input before did it no harm.
    let (mut stream, _) = BROKER.0.accept().expect("the client");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let mut heard = [0; 4 * 1024];
    assert!(stream.read(&mut heard).expect("a login") > 0, "the client logs in");
    if first & 1 == 0 {
        // It may leave at any time, so no write has to succeed.
        let _ = stream.write_all(CONNACK);
    }
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    loop {
        match stream.read(&mut heard) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("the client holds on"),
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
}
