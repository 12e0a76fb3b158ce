//! The command line as a person meets it: help, exit codes, mistakes.

use std::fs;
use std::process::{Command, Output, Stdio};

fn homeclaw(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_homeclaw"));
    // What is set around the test is none of its business.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HOMECLAW_") || name == "RUST_LOG")
    {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

#[allow(clippy::expect_used, reason = "without the program there is no test")]
fn run(arguments: &[&str]) -> Output {
    homeclaw(arguments).output().expect("the program starts")
}

#[allow(clippy::expect_used, reason = "what is not UTF-8 fails the test")]
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn help_changes_only_on_purpose() {
    let mut all = String::new();
    let mut commands = vec![vec!["--help"]];
    let main = run(&["--help"]);
    for line in text(&main.stdout)
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|l| !l.is_empty())
    {
        let name = line.split_whitespace().next().unwrap();
        if name != "help" && line.starts_with("  ") && !line.starts_with("   ") {
            commands.push(vec![Box::leak(name.to_owned().into_boxed_str()), "-h"]);
        }
    }
    for command in commands {
        let output = run(&command);
        assert!(output.status.success(), "{command:?}");
        all.push_str(&format!("$ homeclaw {}\n{}\n", command.join(" "), text(&output.stdout)));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn exit_codes_are_what_the_help_says() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().to_str().unwrap();
    let config = folder.path().join("config.yml");
    fs::write(&config, "web: {listen: '127.0.0.1:1'}\n").unwrap();
    let config = config.to_str().unwrap();
    let code = |arguments: &[&str]| run(arguments).status.code().unwrap();
    assert_eq!(code(&["version"]), 0);
    assert_eq!(code(&["frobnicate"]), 2);
    assert_eq!(code(&["set", "light.kitchen", "onn", "--url", "http://127.0.0.1:1", "--token", "t"]), 2);
    assert_eq!(code(&["set", "lamp.kitchen", "on"]), 2);
    assert_eq!(code(&["check-config", "--config", "/nowhere.yml"]), 3);
    assert_eq!(code(&["devices", "--config", config, "--state-dir", state]), 4, "no hub has run here");
    fs::write(folder.path().join("cli-token"), "hc_x\n").unwrap();
    assert_eq!(code(&["devices", "--config", config, "--state-dir", state]), 4, "nothing listens on port 1");
    assert_eq!(code(&["healthcheck", "--config", config]), 4);
}

#[test]
fn check_config_tells_mistakes_for_people_and_programs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yml");
    fs::write(&path, "languages: en\nweb:\n  listen: 8080\n").unwrap();
    let path = path.to_str().unwrap();
    let output = run(&["check-config", "--config", path]);
    assert_eq!(output.status.code(), Some(3));
    let told = text(&output.stderr).replace(path, "F");
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 2, "{told}");
    assert!(
        lines[0].starts_with("F:1:1: unknown key \"languages\"")
            && lines[0].contains("did you mean language?")
    );
    assert!(lines[1].starts_with("F:3:11: web.listen: \"8080\" is not allowed"));

    let output = run(&["check-config", "--json", "--config", path]);
    let told: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(told["mistakes"][1]["setting"], "web.listen");
    assert_eq!(told["mistakes"][1]["line"], 3);
}

#[test]
fn the_environment_chooses_file_and_settings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yml");
    fs::write(&path, "language: zh-CN\n").unwrap();
    let output = homeclaw(&["check-config"]).env("HOMECLAW_CONFIG", &path).output().unwrap();
    assert!(text(&output.stdout).contains("config.yml: no mistakes"), "{output:?}");
    let output = homeclaw(&["check-config"])
        .env("HOMECLAW_CONFIG", &path)
        .env("HOMECLAW_MQTT__BROKER__PROT", "1")
        .output()
        .unwrap();
    assert!(text(&output.stderr).starts_with("HOMECLAW_MQTT__BROKER__PROT: there is no such setting"));
}

#[test]
fn the_doctor_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = homeclaw(&["doctor", "--json", "--state-dir", folder.path().to_str().unwrap()])
        .env("HOMECLAW_WEB__LISTEN", "127.0.0.1:1")
        .env("HOMECLAW_MQTT__EMBEDDED__LISTEN", format!("127.0.0.1:{port}"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let findings: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let of = |what: &str| findings.iter().find(|finding| finding["what"] == what).unwrap();
    assert_eq!(of("storage")["level"], "ok");
    assert_eq!(of("hub")["level"], "warn");
    assert_eq!(of("broker port")["level"], "fail");
    assert!(of("broker port")["advice"].as_str().unwrap().contains("mqtt.embedded.listen"));
}

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let output = run(&["completions", shell]);
        assert!(output.status.success() && text(&output.stdout).contains("login-link"), "{shell}");
    }
    assert_eq!(run(&["completions", "cmd"]).status.code(), Some(2));
}

/// The environment of a Chinese user, and of one who has set up no language at all.
#[test]
fn the_locale_changes_nothing() {
    for locale in ["zh_CN.UTF-8", "zh_CN.GBK", "C"] {
        let output =
            homeclaw(&["check-config", "--config", "/没有.yml"]).env("LC_ALL", locale).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{locale}");
        assert!(text(&output.stderr).starts_with("/没有.yml: there is no such file"), "{locale}");
    }
}

#[test]
fn a_reader_that_had_enough_is_no_mistake() {
    let mut child = homeclaw(&["config", "schema", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}
