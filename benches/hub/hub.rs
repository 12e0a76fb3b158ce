//! The program under test as a child process, and HTTP to it.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::report::Res;

pub(crate) const USER: &str = "bench";
pub(crate) const PASSWORD: &str = "bench-password";

/// A running hub with a state folder of its own; killed when dropped.
pub(crate) struct Hub {
    child: Child,
    pub(crate) web_port: u16,
    pub(crate) mqtt_port: u16,
    pub(crate) state: PathBuf,
    token: String,
    _folder: Option<tempfile::TempDir>,
}

fn free_port() -> Res<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// The program under test: the one of `HOMECLAW_BIN`, or the one that was built together with this bench.
pub(crate) fn program() -> PathBuf {
    std::env::var_os("HOMECLAW_BIN").map_or_else(|| env!("CARGO_BIN_EXE_homeclaw").into(), PathBuf::from)
}

/// How the hub is started: the state folder to use again, the processors to stay on, the port of another broker.
#[derive(Default)]
pub(crate) struct Start {
    pub(crate) state: Option<PathBuf>,
    pub(crate) pin: Option<&'static str>,
    pub(crate) broker: Option<u16>,
}

impl Hub {
    /// Starts the program and waits until it says that it is ready. Also returns how long that took.
    pub(crate) async fn start(how: Start) -> Res<(Self, Duration)> {
        let folder = if how.state.is_none() { Some(tempfile::tempdir()?) } else { None };
        let state = match (&how.state, &folder) {
            (Some(state), _) => state.clone(),
            (None, Some(folder)) => folder.path().to_owned(),
            (None, None) => return Err("no state folder".into()),
        };
        let (web_port, mqtt_port) = (free_port()?, free_port()?);
        let mut command = match how.pin {
            Some(cores) => {
                let mut command = Command::new("taskset");
                command.args(["-c", cores]).arg(program());
                command
            }
            None => Command::new(program()),
        };
        match how.broker {
            Some(port) => command
                .env("HOMECLAW_MQTT__BROKER__HOST", "127.0.0.1")
                .env("HOMECLAW_MQTT__BROKER__PORT", port.to_string()),
            None => command
                .env("HOMECLAW_MQTT__EMBEDDED__LISTEN", format!("127.0.0.1:{mqtt_port}"))
                .env("HOMECLAW_MQTT__EMBEDDED__USER", USER)
                .env("HOMECLAW_MQTT__EMBEDDED__PASSWORD", PASSWORD),
        };
        let mqtt_port = how.broker.unwrap_or(mqtt_port);
        command
            .args(["run", "--state-dir"])
            .arg(&state)
            .env("HOMECLAW_WEB__LISTEN", format!("127.0.0.1:{web_port}"))
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(state.join("bench.log"))?);
        let begin = Instant::now();
        let child = command.spawn()?;
        let mut hub = Self { child, web_port, mqtt_port, state, token: String::new(), _folder: folder };
        loop {
            if let Ok((200, _)) = hub.request("GET", "/readyz", None).await {
                break;
            }
            if let Some(status) = hub.child.try_wait()? {
                let log = std::fs::read_to_string(hub.state.join("bench.log"))?;
                return Err(format!("the hub stopped with {status}:\n{log}").into());
            }
            if begin.elapsed() > Duration::from_secs(60) {
                return Err("the hub was not ready after a minute".into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let took = begin.elapsed();
        hub.token = std::fs::read_to_string(hub.state.join("cli-token"))?.trim().to_owned();
        Ok((hub, took))
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// One request over a connection of its own: status and body.
    pub(crate) async fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Res<(u16, Value)> {
        request(self.web_port, &self.token, method, path, body).await
    }

    /// A figure that the hub gives to Prometheus.
    pub(crate) async fn metric(&self, name: &str) -> Res<f64> {
        let metrics = self.request("GET", "/metrics", None).await?.1;
        let text = metrics.as_str().unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        Ok(line.unwrap_or("0").trim().parse()?)
    }

    /// Lines that the hub has logged so far.
    pub(crate) fn log(&self) -> Res<Vec<String>> {
        let text = std::fs::read_to_string(self.state.join("bench.log"))?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// A figure of /proc/PID/status in MiB, for example `VmRSS` or `VmHWM`.
    pub(crate) fn memory(&self, name: &str) -> Res<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let kib: f64 = kib.and_then(|v| v.split_whitespace().next()).ok_or("no such figure")?.parse()?;
        Ok(kib / 1024.0)
    }

    /// Processor time used so far, in clock ticks of a hundredth of a second.
    pub(crate) fn cpu_ticks(&self) -> Res<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let tick = |at: usize| -> Res<u64> { Ok(fields.get(at).ok_or("short stat")?.parse()?) };
        Ok(tick(11)? + tick(12)?)
    }

    /// How many entities the hub knows, by its own metric.
    pub(crate) async fn entities(&self) -> Res<usize> {
        let (_, body) = self.request("GET", "/api/v1/entities", None).await?;
        Ok(body.as_array().map_or(0, Vec::len))
    }

    /// Waits until the hub knows at least so many entities.
    pub(crate) async fn wait_for_entities(&self, wanted: usize) -> Res<()> {
        let begin = Instant::now();
        loop {
            let have = self.entities().await?;
            if have >= wanted {
                return Ok(());
            }
            if begin.elapsed() > Duration::from_secs(120) {
                return Err(format!("only {have} of {wanted} entities after two minutes").into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // It may have ended already; there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) async fn request(
    port: u16,
    token: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Res<(u16, Value)> {
    let (status, text) = request_text(port, token, method, path, body).await?;
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let body = if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        unchunk(body)
    } else {
        body.to_owned()
    };
    Ok((status, serde_json::from_str(&body).unwrap_or(Value::String(body))))
}

/// As [`request`], with the answer as it came: for load, where reading it is the driver's own time.
pub(crate) async fn request_text(
    port: u16,
    token: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Res<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let text = String::from_utf8(answer)?;
    let status: u16 = text.split_whitespace().nth(1).ok_or("no status line")?.parse()?;
    Ok((status, text))
}

/// Puts a chunked body together.
fn unchunk(mut text: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = text.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        let Some(chunk) = rest.get(..size).filter(|_| size > 0) else { break };
        whole.push_str(chunk);
        text = rest.get(size + 2..).unwrap_or_default();
    }
    whole
}
