//! The command line against a real hub with the demo home: `homeclaw run --demo` as a process of its own.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of a test fail like the test itself")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

/// A running hub; killed when a test fails.
struct Hub {
    child: Child,
    folder: tempfile::TempDir,
    web: u16,
    mqtt: u16,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Hub {
    fn start(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.yml"), config).unwrap();
        let mut hub = Self {
            child: Command::new("true").spawn().unwrap(),
            folder,
            web: free_port(),
            mqtt: free_port(),
        };
        let mut child =
            hub.command(&["run", "--demo"]).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        // It says where the panel is as soon as it answers.
        assert!(said.next().unwrap().unwrap().starts_with("Panel:"));
        assert!(said.any(|line| line.unwrap().contains("/login#")));
        hub.child.wait().unwrap();
        hub.child = child;
        hub.until(|hub| hub.say(&["healthcheck"]).status.success());
        hub.until(|hub| hub.json(&["devices"]).as_array().is_some_and(|devices| devices.len() >= 25));
        hub
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_homeclaw"));
        for (name, _) in
            std::env::vars().filter(|(name, _)| name.starts_with("HOMECLAW_") || name == "RUST_LOG")
        {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .args(["--config", &self.path("config.yml"), "--state-dir", &self.path("state")])
            .env("HOMECLAW_WEB__LISTEN", format!("127.0.0.1:{}", self.web))
            .env("HOMECLAW_MQTT__EMBEDDED__LISTEN", format!("127.0.0.1:{}", self.mqtt));
        command
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn say(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The output of a command that has to work.
    fn text(&self, arguments: &[&str]) -> String {
        let output = self.say(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.say(&[arguments, &["--json"]].concat());
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {output:?}"))
    }

    /// Asks again until it is so; the test runner ends a test that never gets there.
    fn until(&self, so: impl Fn(&Self) -> bool) {
        while !so(self) {
            std::thread::yield_now();
        }
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // It has ended already when all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn everything_can_be_done_from_the_command_line() {
    let mut hub = Hub::start("home: {name: Villa}\n");

    let said = hub.json(&["say", "turn on the kitchen light"]);
    assert_eq!(said["kind"], "action_done", "{said}");
    assert_eq!(hub.json(&["state", "light.kitchen_light"])["state"], "on");
    assert!(!hub.text(&["say", "--language", "zh-CN", "现在几点了"]).trim().is_empty());
    assert_eq!(hub.say(&["say", "colourless green ideas sleep furiously"]).status.code(), Some(7));

    let outcomes = hub.json(&["set", "light.kitchen_light", "on", "brightness=50%"]);
    assert_eq!(outcomes[0]["outcome"], "confirmed", "{outcomes}");
    assert!(hub.text(&["set", "light.kitchen_light", "off"]).contains("light.kitchen_light is off"));
    assert_eq!(hub.say(&["set", "light.nowhere", "on"]).status.code(), Some(6));
    assert_eq!(hub.say(&["state", "light.nowhere"]).status.code(), Some(6));

    let timer = hub.json(&["timers", "start", "10m", "--name", "pizza"]);
    let id = timer["id"].as_str().unwrap();
    assert_eq!(hub.json(&["timers", "pause", id])["status"], "paused");
    assert!(hub.text(&["timers"]).contains("pizza"));
    hub.text(&["timers", "cancel", id]);
    assert!(!hub.text(&["timers"]).contains("pizza"));

    assert!(hub.text(&["lists", "add", "shopping", "oat", "milk"]).contains("oat milk"));
    let lists = hub.json(&["lists"]);
    let item = lists[0]["items"][0]["id"].to_string();
    hub.text(&["lists", "done", "shopping", &item]);
    assert!(!hub.text(&["lists", "clear", "shopping"]).contains("oat milk"));

    assert!(hub.text(&["areas"]).contains("Kitchen"));
    assert!(hub.text(&["devices", "--area", "kitchen"]).contains("light.kitchen_light"));
    assert!(hub.text(&["login-link"]).contains("/login#"));
    let findings = hub.json(&["doctor"]);
    let fails: Vec<&Value> = findings.as_array().unwrap().iter().filter(|f| f["level"] == "fail").collect();
    assert!(fails.is_empty(), "{fails:?}");

    let wrong = hub.command(&["devices"]).env("HOMECLAW_TOKEN", "hc_wrong").output().unwrap();
    assert_eq!(wrong.status.code(), Some(5), "{wrong:?}");

    a_change_of_the_file_is_taken_over(&hub);
    hub.signal(Signal::SIGTERM);
    assert!(hub.child.wait().unwrap().success(), "it stops by itself, and well");
    what_it_keeps_is_for_its_user_only(&hub.folder.path().join("state"));
}

#[test]
fn an_encrypted_hub_is_asked_with_its_certificate() {
    let hub = Hub::start("web: {tls: {self_signed: true}}\n");
    let url = format!("https://127.0.0.1:{}", hub.web);
    let certificate = hub.path("state/web-certificate.pem");
    let devices = hub.json(&["devices", "--url", &url, "--ca-file", &certificate]);
    assert!(devices.as_array().is_some_and(|devices| devices.len() >= 25), "{devices}");
    assert!(hub.text(&["login-link"]).starts_with("https://"));
    let untrusted = hub.say(&["devices", "--url", &url]);
    assert_eq!(untrusted.status.code(), Some(4), "{untrusted:?}");
}

fn a_change_of_the_file_is_taken_over(hub: &Hub) {
    let name = |hub: &Hub| {
        let token = fs::read_to_string(hub.path("state/cli-token")).unwrap_or_default();
        let url = format!("http://127.0.0.1:{}/api/v1/home", hub.web);
        let mut answer = ureq::get(&url)
            .header("authorization", format!("Bearer {}", token.trim()))
            .call()
            .unwrap_or_else(|error| panic!("{error}"));
        let home: Value = answer.body_mut().read_json().unwrap_or_default();
        home.pointer("/home/name").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    assert_eq!(name(hub), "Villa");
    for (text, then) in
        [("home: {name: Hut}\n", "Hut"), ("home: {nam: Hut}\n", "Hut"), ("home: {name: 家}\n", "家")]
    {
        fs::write(hub.path("config.yml"), text).unwrap_or_else(|error| panic!("{error}"));
        hub.signal(Signal::SIGHUP);
        hub.until(|hub| name(hub) == then);
    }
}

fn what_it_keeps_is_for_its_user_only(state: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    for name in ["cli-token", "mqtt-password"] {
        let mode = fs::metadata(state.join(name))
            .unwrap_or_else(|error| panic!("{name}: {error}"))
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
    let mode = fs::metadata(state).unwrap_or_else(|error| panic!("{error}")).permissions().mode();
    assert_eq!(mode & 0o007, 0, "the folder");
}
