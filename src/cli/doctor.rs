//! `homeclaw doctor`: looks at everything that a hub needs, and says what to do about what is missing.

use std::fs;
use std::io::{self, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::app::MQTT_PASSWORD;
use crate::config::{Config, Listen, Origin};
use crate::model::{Health, HealthLevel};
use crate::runtime::{Memory, clock};
use crate::web::{CERTIFICATE_FILE, CLI_TOKEN};

use super::client::Client;
use super::context::Context;
use super::exit::{Code, Failure};
use super::output::Output;

/// What a hub without models is made to stay under, with a large home.
const MEMORY_PLAN: u64 = 150 * 1024 * 1024;
/// Less free space than this and the database cannot be written for long.
const LITTLE_SPACE: u64 = 100 * 1024 * 1024;
/// Longest wait for the broker.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Level {
    Ok,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, PartialEq, Serialize)]
struct Finding {
    level: Level,
    what: &'static str,
    message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn ok(&mut self, what: &'static str, message: impl Into<String>) {
        self.0.push(Finding { level: Level::Ok, what, message: message.into(), advice: None });
    }

    fn warn(&mut self, what: &'static str, message: impl Into<String>, advice: impl Into<String>) {
        let advice = Some(advice.into());
        self.0.push(Finding { level: Level::Warn, what, message: message.into(), advice });
    }

    fn fail(&mut self, what: &'static str, message: impl Into<String>, advice: impl Into<String>) {
        let advice = Some(advice.into());
        self.0.push(Finding { level: Level::Fail, what, message: message.into(), advice });
    }
}

/// Looks at everything; the exit code tells whether something fails.
pub(super) fn run(context: &Context, output: &mut Output<impl Write>) -> Result<(), Failure> {
    let mut findings = Findings::default();
    let config = configuration(context, &mut findings);
    if let Some(config) = &config {
        storage(&config.storage.path, &mut findings);
        let client = context.client_for(config, None)?;
        let answers = hub(&client, &mut findings);
        if answers {
            parts(&client, &mut findings);
            login(&client, &mut findings);
            memory(client.text("/metrics").ok().as_deref(), &mut findings);
        } else {
            port("web port", &config.web.listen, "web.listen", &mut findings);
            if config.mqtt.embedded.enabled {
                port("broker port", &config.mqtt.embedded.listen(), "mqtt.embedded.listen", &mut findings);
            }
            memory(None, &mut findings);
        }
        // The broker inside the hub cannot answer before the hub does.
        if answers || config.mqtt.external().is_some() {
            broker(config, &mut findings);
        }
    }
    time(config.as_ref(), &mut findings);
    show(&findings.0, output)?;
    let fails = findings.0.iter().any(|finding| finding.level == Level::Fail);
    if fails { Err(Failure::Said(Code::Failed)) } else { Ok(()) }
}

fn show(findings: &[Finding], output: &mut Output<impl Write>) -> io::Result<()> {
    if output.json() {
        return output.value(&findings);
    }
    for finding in findings {
        let level = match finding.level {
            Level::Ok => "ok  ",
            Level::Warn => "warn",
            Level::Fail => "FAIL",
        };
        output.line(&format!("{level}  {:<14} {}", finding.what, finding.message))?;
        if let Some(advice) = &finding.advice {
            output.line(&format!("      {:<14} -> {advice}", ""))?;
        }
    }
    Ok(())
}

fn configuration(context: &Context, findings: &mut Findings) -> Option<Config> {
    let source = context.source();
    match source.load() {
        Ok(loaded) => {
            match &loaded.file {
                Some(file) => findings.ok("configuration", format!("{} has no mistakes", file.display())),
                None => {
                    findings
                        .ok("configuration", format!("no {}, so the defaults run", source.path.display()));
                }
            }
            if let Some(file) = loaded.file.filter(|file| others_can_read(file)) {
                let inline = fs::read_to_string(&file).is_ok_and(|text| text.contains("password:"));
                if inline {
                    let message = format!("{} holds a password, and every user can read it", file.display());
                    findings.warn("permissions", message, "chmod 640, or use password_file");
                }
            }
            Some(loaded.config)
        }
        Err(mistakes) => {
            for mistake in &mistakes {
                let advice = match mistake.origin {
                    Origin::Variable(_) => "mend the variable",
                    _ => "mend the file; `homeclaw config schema` shows what is allowed",
                };
                findings.fail("configuration", mistake.to_string(), advice);
            }
            None
        }
    }
}

fn others_can_read(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.mode() & 0o004 != 0)
}

fn storage(path: &Path, findings: &mut Findings) {
    let shown = path.display();
    if !path.is_dir() {
        let advice = format!("it is made at the first start; or: mkdir -p {shown}, owned by the hub's user");
        return findings.warn("storage", format!("{shown} is not there yet"), advice);
    }
    let probe = path.join(format!(".doctor-{}", std::process::id()));
    let written = fs::write(&probe, b"x").and_then(|()| fs::remove_file(&probe));
    match written {
        Ok(()) => findings.ok("storage", format!("{shown} can be written")),
        Err(error) => {
            let advice = "make it writable for the hub's user, or run the doctor as that user";
            findings.fail("storage", format!("{shown} cannot be written: {error}"), advice);
        }
    }
    if let Ok(space) = nix::sys::statvfs::statvfs(path) {
        #[allow(clippy::useless_conversion, reason = "the width differs between architectures")]
        let free = u64::from(space.blocks_available()).saturating_mul(u64::from(space.fragment_size()));
        let message = format!("{} free", mebibytes(free));
        if free < LITTLE_SPACE {
            findings.warn("disk space", message, "make room, or set storage.history_days lower");
        } else {
            findings.ok("disk space", message);
        }
    }
    for name in [CLI_TOKEN, MQTT_PASSWORD, CERTIFICATE_FILE] {
        let file = path.join(name);
        if others_can_read(&file) {
            let message = format!("every user can read {}", file.display());
            findings.fail("permissions", message, format!("chmod 600 {}", file.display()));
        }
    }
}

/// Whether the hub answers.
fn hub(client: &Client, findings: &mut Findings) -> bool {
    match client.open("/readyz") {
        Ok((200, _)) => findings.ok("hub", format!("answers at {} and is ready", client.base())),
        Ok((503, body)) => {
            findings.warn(
                "hub",
                format!("answers at {}, not ready: {body}", client.base()),
                "see the parts below",
            );
        }
        Ok((status, _)) => {
            let message = format!("something answers at {} with status {status}", client.base());
            findings.fail("hub", message, "another program has the port: change web.listen");
            return false;
        }
        Err(_) => {
            let message = format!("nothing answers at {}", client.base());
            findings.warn("hub", message, "start it: homeclaw run, or systemctl start homeclaw");
            return false;
        }
    }
    true
}

/// How the running hub's parts are, in its own words.
fn parts(client: &Client, findings: &mut Findings) {
    let parts: Vec<Health> = match client.get("/api/v1/health") {
        Ok(parts) => parts,
        Err(failure) => {
            return findings.warn("parts", failure.text(), "run the doctor as the hub's user to see them");
        }
    };
    for part in parts {
        let message =
            format!("{}: {}", part.part, if part.message.is_empty() { "well" } else { &part.message });
        match part.level {
            HealthLevel::Ok => findings.ok("part", message),
            HealthLevel::Starting | HealthLevel::Degraded => {
                findings.warn("part", message, "look again in a minute; the log says more");
            }
            HealthLevel::Failing | HealthLevel::GivenUp => {
                findings.fail("part", message, "the log says more; restart the hub when it is mended");
            }
        }
    }
}

/// Whether the owner can log in.
fn login(client: &Client, findings: &mut Findings) {
    let session = client.get::<serde_json::Value>("/api/v1/session").unwrap_or_default();
    match session.get("needs_password").and_then(serde_json::Value::as_bool) {
        Some(true) => {
            let advice = "open the link that `homeclaw login-link` prints, and choose a password";
            findings.warn("login", "nobody has chosen a password yet", advice);
        }
        Some(false) => findings.ok("login", "with the password; forgotten? `homeclaw login-link`"),
        None => {}
    }
}

/// Whether the hub could listen.
fn port(what: &'static str, listen: &Listen, setting: &str, findings: &mut Findings) {
    match TcpListener::bind((listen.host(), listen.port())) {
        Ok(_) => findings.ok(what, format!("{listen} is free")),
        Err(error) => {
            let advice = match error.kind() {
                io::ErrorKind::AddrInUse => {
                    format!(
                        "another program has it (ss -ltnp | grep :{}): stop it or change {setting}",
                        listen.port()
                    )
                }
                io::ErrorKind::PermissionDenied => {
                    format!("ports below 1024 need a privilege: change {setting}")
                }
                _ => format!("this machine has no such address: change {setting}"),
            };
            findings.fail(what, format!("cannot listen on {listen}: {error}"), advice);
        }
    }
}

/// Whether the broker takes connections.
fn broker(config: &Config, findings: &mut Findings) {
    let (host, port, inside) = match config.mqtt.external() {
        Some((host, broker)) => (host.as_str().to_owned(), broker.port(), false),
        None => {
            let listen = config.mqtt.embedded.listen();
            (listen.reachable_host().to_owned(), listen.port(), true)
        }
    };
    let addresses = (host.as_str(), port).to_socket_addrs();
    let reached = addresses.and_then(|mut found| {
        let address = found.next().ok_or_else(|| io::Error::other("the name has no address"))?;
        TcpStream::connect_timeout(&address, PATIENCE)
    });
    match reached {
        Ok(_) => findings.ok("broker", format!("{host}:{port} takes connections")),
        Err(error) if inside => {
            let advice = "it runs inside the hub: start the hub";
            findings.warn("broker", format!("{host}:{port}: {error}"), advice);
        }
        Err(error) => {
            let advice = "check mqtt.broker.host and port, and whether that broker runs";
            findings.fail("broker", format!("{host}:{port}: {error}"), advice);
        }
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes / (1024 * 1024))
}

/// The plan against what is in use; the hub's own figures when it told them.
fn memory(metrics: Option<&str>, findings: &mut Findings) {
    let used = metrics.and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("homeclaw_memory_resident_bytes "))?;
        line.split_whitespace().next()?.split('.').next()?.parse::<u64>().ok()
    });
    let machine = Memory::read();
    let ceiling = machine.ceiling().map_or_else(|| "unknown".to_owned(), mebibytes);
    let plan = mebibytes(MEMORY_PLAN);
    let message = match used {
        Some(used) => format!("{} in use of {plan} planned; {ceiling} at most here", mebibytes(used)),
        None => format!("{plan} planned; {ceiling} at most here"),
    };
    if used.is_some_and(|used| used > MEMORY_PLAN) {
        findings.warn(
            "memory",
            message,
            "more than planned: please report it with the output of this command",
        );
    } else if machine.ceiling().is_some_and(|ceiling| ceiling < MEMORY_PLAN) {
        findings.fail("memory", message, "give the container or unit a higher memory limit");
    } else {
        findings.ok("memory", message);
    }
}

fn time(config: Option<&Config>, findings: &mut Findings) {
    let now = clock::now();
    let zone = config.map_or_else(jiff::tz::TimeZone::system, |config| config.home.time_zone());
    let local = jiff::Timestamp::from_millisecond(now.as_millis()).unwrap_or_default().to_zoned(zone.clone());
    let shown = local.strftime("%Y-%m-%d %H:%M").to_string();
    if now < clock::EARLIEST {
        findings.fail("clock", format!("it says {shown}"), "set the clock, or let systemd-timesyncd do it");
    } else {
        findings.ok("clock", format!("{shown} here"));
    }
    if jiff::tz::TimeZone::get("Europe/Berlin").is_err() {
        let advice = "install the package tzdata; without it only UTC is known";
        return findings.fail("time zones", "there is no time zone database", advice);
    }
    match zone.iana_name() {
        Some(name) => findings.ok("time zone", name),
        None => findings.warn("time zone", "the system's has no name", "set home.time_zone"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_found_with_what_to_do() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = Listen::from(taken.local_addr().unwrap());
        let mut findings = Findings::default();
        port("web port", &listen, "web.listen", &mut findings);
        let advice = findings.0[0].advice.clone().unwrap();
        assert_eq!(findings.0[0].level, Level::Fail);
        assert!(advice.contains("change web.listen"), "{advice}");
    }

    #[test]
    fn files_that_everybody_can_read_are_found() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("cli-token"), "hc_x").unwrap();
        let mut mode = fs::metadata(folder.path().join("cli-token")).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o644);
        fs::set_permissions(folder.path().join("cli-token"), mode).unwrap();
        let mut findings = Findings::default();
        storage(folder.path(), &mut findings);
        assert_eq!(findings.0[0].level, Level::Ok, "{findings:?}", findings = findings.0);
        assert!(
            findings.0.iter().any(|finding| finding.what == "permissions" && finding.level == Level::Fail)
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn the_hubs_own_figure_is_used() {
        let mut findings = Findings::default();
        memory(Some("# HELP x\nhomeclaw_memory_resident_bytes 15728640.0\n"), &mut findings);
        assert!(findings.0[0].message.starts_with("15 MiB in use"), "{:?}", findings.0);
    }
}
