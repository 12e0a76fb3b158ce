//! The configuration as an owner meets it: files, variables, secrets, and every mistake at once.

use std::collections::BTreeMap;
use std::fs;

use homeclaw::config::{Config, Mistake, Source, TemperatureUnit};

fn source(variables: &[(&str, &str)]) -> Source {
    let variables: BTreeMap<_, _> =
        variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Source {
        path: "/etc/homeclaw/config.yml".into(),
        named: false,
        variables,
        languages: vec!["de", "en", "pt-BR", "zh-CN"],
        state: None,
    }
}

fn told(result: Result<Config, Vec<Mistake>>) -> String {
    let mistakes = result.err().unwrap_or_default();
    assert!(!mistakes.is_empty(), "nothing is wrong with it");
    mistakes.iter().map(|mistake| format!("{mistake}\n")).collect()
}

#[test]
fn the_defaults_run_without_a_file() {
    let config = Config::default();
    assert!(config.mqtt.embedded.enabled);
    assert_eq!(config.mqtt.embedded.listen().to_string(), "127.0.0.1:1883");
    assert_eq!(config.web.listen.to_string(), "0.0.0.0:8080");
    assert_eq!(config.storage.path.to_str(), Some("/var/lib/homeclaw"));
    assert_eq!(config.language.as_str(), "en");
    assert_eq!(source(&[]).parse("").unwrap(), config);
    assert_eq!(source(&[]).parse("models:\nvoice: {}\n").unwrap(), config);
}

#[test]
fn a_file_says_what_is_different() {
    let config = source(&[])
        .parse(
            "language: zh_cn\nhome:\n  name: 家\n  time_zone: Asia/Shanghai\n  temperature_unit: fahrenheit\n  \
             latitude: 31.2\n  longitude: 121.5\n  country: cn\nmqtt:\n  broker:\n    host: '[fe80::1]'\n    tls:\n      \
             enabled: true\nweb:\n  listen: '[::]:80'\n  public_url: https://home.example.org/\n",
        )
        .unwrap();
    assert_eq!(config.language.as_str(), "zh-CN");
    assert_eq!(config.home.name, "家");
    assert_eq!(config.home.time_zone().iana_name(), Some("Asia/Shanghai"));
    assert_eq!(config.home.temperature_unit(), TemperatureUnit::Fahrenheit);
    assert_eq!(config.home.country.unwrap().as_str(), "CN");
    let (host, broker) = config.mqtt.external().unwrap();
    assert_eq!((host.as_str(), broker.port()), ("fe80::1", 8883));
    assert!(!config.mqtt.embedded.enabled, "another broker takes the place of the one inside");
    assert_eq!(config.web.listen.to_string(), "[::]:80");
    assert_eq!(config.web.public_url.unwrap().as_str(), "https://home.example.org");
}

#[test]
fn a_password_opens_the_broker_to_the_network() {
    let config = source(&[]).parse("mqtt: {embedded: {password: 007}}").unwrap();
    assert_eq!(config.mqtt.embedded.listen().to_string(), "0.0.0.0:1883");
    assert_eq!(config.mqtt.embedded.password.as_ref().unwrap().reveal(), "007");
    assert!(!format!("{config:?}").contains("007"));
}

#[test]
fn the_country_decides_what_is_usual_there() {
    let unit = |text: &str| source(&[]).parse(text).unwrap().home.temperature_unit();
    assert_eq!(unit("home: {country: us}"), TemperatureUnit::Fahrenheit);
    assert_eq!(unit("home: {country: us, temperature_unit: celsius}"), TemperatureUnit::Celsius);
    assert_eq!(unit("home: {country: cn}"), TemperatureUnit::Celsius);
    assert_eq!(unit(""), TemperatureUnit::Celsius);
}

#[test]
fn every_mistake_is_told_at_once() {
    let text = "\
mqtt:
  embeded:
    enabled: true
  embedded:
    enabled: yes
    listen: 1883
    max_connections: 0
    tls:
      certificate: cert.pem
  broker:
    host: mqtt://broker.lan
    port: 70000
  discovery_prefix: home/#
  keep_alive: 3 days
web:
  listen: 0.0.0.0:99999
  port: 8080
storage: /var/lib
language: zh
home:
  name: ''
  name: Villa
  time_zone: Europe/Berln
  temperature_unit: Celsius
  latitude: 97
  country: Germany
log: [info]
voice:
  wake_word: hey
lights: on
";
    let variables = [
        ("HOMECLAW_MQTT__BROKER__PROT", "1884"),
        ("HOMECLAW_LOG__LEVEL", "loud"),
        ("HOMECLAW_WEB__LISTEN", ""),
        ("HOMECLAW_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
    ];
    insta::assert_snapshot!(told(source(&variables).parse(text)));
}

#[test]
fn settings_that_contradict_each_other_are_told() {
    let contradictions = [
        "mqtt: {embedded: {enabled: false}}",
        "mqtt: {embedded: {enabled: true}, broker: {host: broker.lan}}",
        "mqtt: {broker: {port: 1884}}",
        "mqtt: {broker: {host: broker.lan, password: secret-word}}",
        "mqtt: {broker: {host: broker.lan, tls: {ca_file: ca.pem}}}",
        "mqtt: {embedded: {password: secret-word, password_file: word}}",
        "home: {longitude: 3.5}",
        "web: {tls: {key: key.pem}}",
        "web: {tls: {self_signed: true, certificate: cert.pem, key: key.pem}}",
    ];
    let all: String = contradictions.iter().map(|text| told(source(&[]).parse(text))).collect();
    assert!(!all.contains("secret-word"));
    insta::assert_snapshot!(all);
}

#[test]
fn variables_stand_over_the_file() {
    let variables = [("HOMECLAW_MQTT__BROKER__HOST", "broker.lan"), ("HOMECLAW_LANGUAGE", "de")];
    let config = source(&variables).parse("language: zh-CN\n").unwrap();
    assert_eq!(config.language.as_str(), "de");
    assert_eq!(config.mqtt.external().unwrap().0.as_str(), "broker.lan");
    let told = told(source(&variables).parse("language: xx\n"));
    assert!(told.contains(":1:11: language"), "a mistake in the file is told all the same: {told}");
}

#[test]
fn secrets_come_from_files_and_from_systemd() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("word"), "from a file\n").unwrap();
    fs::write(folder.path().join("mqtt.embedded.password"), "from systemd").unwrap();
    fs::write(folder.path().join("two"), "one\ntwo\n").unwrap();
    let path = folder.path().join("config.yml");
    let mut source = source(&[("CREDENTIALS_DIRECTORY", folder.path().to_str().unwrap())]);
    source.path = path;
    let config = source.parse("mqtt: {embedded: {password_file: word}}").unwrap();
    assert_eq!(config.mqtt.embedded.password.unwrap().reveal(), "from a file");
    let config = source.parse("").unwrap();
    assert_eq!(config.mqtt.embedded.password.unwrap().reveal(), "from systemd");
    let told = told(source.parse("mqtt: {embedded: {password_file: two}}"));
    assert!(told.contains("more than one line"), "{told}");
}

#[test]
fn files_that_are_none_are_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yml");
    let load = |named: bool| {
        let source = Source { path: path.clone(), named, ..source(&[("HOMECLAW_WEB__LISTEN", "nonsense")]) };
        let mistakes = source.load().expect_err("a mistake");
        mistakes
            .iter()
            .map(|mistake| mistake.to_string().replace(path.to_str().unwrap(), "F"))
            .collect::<Vec<_>>()
    };
    assert_eq!(load(false).len(), 1, "no file at the usual place is no mistake");
    let missing = load(true);
    assert!(missing.len() == 2 && missing[0].starts_with("F: there is no such file"), "{missing:?}");
    fs::write(&path, b"home:\n  name: caf\xe9\n").unwrap();
    assert_eq!(load(true)[0], "F:2:12: the file is not UTF-8: save it in that encoding");
    fs::write(&path, "#".repeat(300_000)).unwrap();
    assert!(load(true)[0].contains("larger than 256 KiB"));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(load(true)[0].contains("it is a folder"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "[a-z:\\-\\[\\]{}&*!|>'\"#%@`~?, \\t\\n0-9\u{feff}é]{0,200}") {
        let _ = source(&[]).parse(&text);
    }

    #[test]
    fn no_value_makes_a_setting_panic(index in 0..100_usize, value in ".{0,40}") {
        let keys = homeclaw::config::keys();
        let key = &keys[index % keys.len()];
        let _ = source(&[(&key.variable(), &value)]).parse("");
    }
}
