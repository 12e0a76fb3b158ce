//! From the file and the environment to a [`Config`], or to every mistake in them.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use super::field::{Field as _, Reader};
use super::mistake::{Mistake, Origin, nearest};
use super::schema::Config;
use super::secret::Secret;
use super::yaml;

/// Where the configuration is without `--config` and `HOMECLAW_CONFIG`.
pub const DEFAULT_PATH: &str = "/etc/homeclaw/config.yml";
/// What every variable of the hub starts with.
const PREFIX: &str = "HOMECLAW_";
/// Largest file that holds a secret.
const MAX_SECRET: u64 = 4096;

/// Where a configuration comes from. Loading it again reads everything again.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// Whether somebody named the file: then it has to be there.
    pub named: bool,
    /// The environment.
    pub variables: BTreeMap<String, String>,
    /// Language tags that the hub speaks; empty leaves the tag unchecked.
    pub languages: Vec<&'static str>,
    /// Stands over `storage.path` (`--state-dir`).
    pub state: Option<PathBuf>,
}

/// A configuration and the file that it came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// With every default filled in.
    pub config: Config,
    /// `None` when there is no file and the defaults run.
    pub file: Option<PathBuf>,
}

impl Source {
    /// The file that was named, or named by `HOMECLAW_CONFIG`, or the usual one.
    #[must_use]
    pub fn new(
        named: Option<PathBuf>,
        variables: BTreeMap<String, String>,
        languages: Vec<&'static str>,
    ) -> Self {
        let from_variable =
            || variables.get("HOMECLAW_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
        let chosen = named.or_else(from_variable);
        let named = chosen.is_some();
        let path = chosen.unwrap_or_else(|| PathBuf::from(DEFAULT_PATH));
        Self { path, named, variables, languages, state: None }
    }

    /// Only what is written in a text, for tests and for checking what somebody typed.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn parse(&self, text: &str) -> Result<Config, Vec<Mistake>> {
        self.understand(Some(text.as_bytes()), Vec::new())
    }

    /// Reads file and variables.
    ///
    /// # Errors
    /// Every mistake in both, in the order in which they stand.
    pub fn load(&self) -> Result<Loaded, Vec<Mistake>> {
        let whole = |message: String| Mistake {
            origin: Origin::WholeFile(Arc::new(self.path.clone())),
            setting: String::new(),
            message,
            suggestion: None,
        };
        match read_bounded(&self.path, yaml::MAX_BYTES as u64) {
            Ok(Some(bytes)) => {
                let config = self.understand(Some(&bytes), Vec::new())?;
                Ok(Loaded { config, file: Some(self.path.clone()) })
            }
            Ok(None) => {
                let limit = yaml::MAX_BYTES / 1024;
                self.refuse(whole(format!("the file is larger than {limit} KiB, which no configuration is")))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.named => {
                Ok(Loaded { config: self.understand(None, Vec::new())?, file: None })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.refuse(whole(
                "there is no such file: write it, or leave --config and HOMECLAW_CONFIG away".to_owned(),
            )),
            Err(error) => self.refuse(whole(format!("the file cannot be read: {error}"))),
        }
    }

    /// A file that says nothing, with the variables' mistakes beside its own.
    fn refuse(&self, mistake: Mistake) -> Result<Loaded, Vec<Mistake>> {
        Err(self.understand(None, vec![mistake]).err().unwrap_or_default())
    }

    fn understand(&self, bytes: Option<&[u8]>, mistakes: Vec<Mistake>) -> Result<Config, Vec<Mistake>> {
        let mut reader = Reader {
            file: Arc::new(self.path.clone()),
            overrides: BTreeMap::new(),
            languages: self.languages.clone(),
            mistakes,
            given: BTreeMap::new(),
        };
        self.take_variables(&mut reader);
        let node = bytes.and_then(|bytes| tree(&mut reader, bytes));
        let mut config = Config::read(&mut reader, "", node.as_ref(), "");
        if let Some(state) = &self.state {
            config.storage.path.clone_from(state);
        }
        self.finish(&mut config, &mut reader);
        if reader.mistakes.is_empty() {
            return Ok(config);
        }
        reader.mistakes.sort();
        reader.mistakes.dedup();
        Err(reader.mistakes)
    }

    /// `HOMECLAW_MQTT__BROKER__HOST` and the like.
    fn take_variables(&self, reader: &mut Reader) {
        let keys = super::keys();
        for (name, value) in &self.variables {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            let path = rest.to_lowercase().replace("__", ".");
            if keys.iter().any(|key| key.path == path && key.allowed != "nothing yet") {
                // Compose files and unit files often set what they leave empty.
                if !value.is_empty() {
                    reader.overrides.insert(path, (Arc::from(name.as_str()), value.clone()));
                }
            } else if rest.contains("__") {
                // Names without `__` are left alone: container runtimes make such ones up for a service's port.
                let variables: Vec<String> = keys.iter().map(super::field::Key::variable).collect();
                let suggestion = nearest(name, variables.iter().map(String::as_str)).map(str::to_owned);
                let origin = Origin::Variable(Arc::from(name.as_str()));
                reader.mistake(origin, "", "there is no such setting".to_owned(), suggestion);
            }
        }
    }

    /// What one setting alone cannot tell: secrets from files, and settings that contradict each other.
    fn finish(&self, config: &mut Config, reader: &mut Reader) {
        let embedded = &mut config.mqtt.embedded;
        self.secret(reader, "mqtt.embedded", &mut embedded.password, embedded.password_file.as_deref());
        let broker = &mut config.mqtt.broker;
        self.secret(reader, "mqtt.broker", &mut broker.password, broker.password_file.as_deref());
        check_mqtt(config, reader);
        check_web(config, reader);
        let (latitude, longitude) = (&config.home.latitude, &config.home.longitude);
        if latitude.is_some() != longitude.is_some() {
            let given = if latitude.is_some() { "home.latitude" } else { "home.longitude" };
            let message = "latitude and longitude belong together: write both or neither".to_owned();
            reader.mistake(reader.origin(given), given, message, None);
        }
    }

    /// A password from its file, or from systemd's credential of the setting's own name.
    fn secret(&self, reader: &mut Reader, section: &str, secret: &mut Option<Secret>, file: Option<&Path>) {
        let setting = format!("{section}.password");
        let in_file = format!("{setting}_file");
        if secret.is_some() && file.is_some() {
            let origin = reader.origin(&in_file);
            let message = format!("{setting} is set too: keep one of the two");
            return reader.mistake(origin, &in_file, message, None);
        }
        let (path, origin) = match (file, self.variables.get("CREDENTIALS_DIRECTORY")) {
            (Some(file), _) => (file.to_owned(), reader.origin(&in_file)),
            (None, Some(folder)) if secret.is_none() && !folder.is_empty() => {
                let path = Path::new(folder).join(&setting);
                if !path.exists() {
                    return;
                }
                (path, Origin::Variable(Arc::from("CREDENTIALS_DIRECTORY")))
            }
            _ => return,
        };
        match read_secret(&path) {
            Ok(text) => *secret = Some(text),
            Err(reason) => reader.mistake(origin, &in_file, format!("{}: {reason}", path.display()), None),
        }
    }
}

fn check_mqtt(config: &mut Config, reader: &mut Reader) {
    let mqtt = &mut config.mqtt;
    let enabled = "mqtt.embedded.enabled";
    if mqtt.broker.host.is_some() {
        if mqtt.embedded.enabled && reader.given.contains_key(enabled) {
            let message = "mqtt.broker.host names another broker: use one of the two".to_owned();
            reader.mistake(reader.origin(enabled), enabled, message, None);
        }
        mqtt.embedded.enabled = false;
    } else {
        if !mqtt.embedded.enabled {
            let message = "without the broker inside, mqtt.broker.host must name another one".to_owned();
            reader.mistake(reader.origin(enabled), enabled, message, None);
        }
        let broker = &mqtt.broker;
        let wanted = [
            ("port", broker.port.is_some()),
            ("user", broker.user.is_some()),
            ("password", broker.password.is_some()),
            ("tls.enabled", broker.tls.enabled),
        ];
        // A host that is written but wrong is one mistake, not two.
        let named = reader.given.contains_key("mqtt.broker.host");
        if let Some((orphan, _)) = wanted.iter().find(|(_, set)| *set && !named) {
            let orphan = format!("mqtt.broker.{orphan}");
            let message = "this has no effect without mqtt.broker.host".to_owned();
            reader.mistake(reader.origin(&orphan), &orphan, message, None);
        }
    }
    let tls = &mqtt.embedded.tls;
    check_pair("mqtt.embedded.tls", tls.certificate.as_deref(), tls.key.as_deref(), reader);
    if mqtt.broker.tls.ca_file.is_some() && !mqtt.broker.tls.enabled {
        let given = "mqtt.broker.tls.ca_file";
        let message = "this has no effect without mqtt.broker.tls.enabled: true".to_owned();
        reader.mistake(reader.origin(given), given, message, None);
    }
    if mqtt.broker.password.is_some() && mqtt.broker.user.is_none() {
        let given = "mqtt.broker.password";
        let message = "a password needs a user: set mqtt.broker.user".to_owned();
        reader.mistake(reader.origin(given), given, message, None);
    }
}

fn check_web(config: &Config, reader: &mut Reader) {
    let tls = &config.web.tls;
    check_pair("web.tls", tls.certificate.as_deref(), tls.key.as_deref(), reader);
    if tls.self_signed && tls.certificate.is_some() {
        let given = "web.tls.self_signed";
        let message = "web.tls.certificate is set too: keep one of the two".to_owned();
        reader.mistake(reader.origin(given), given, message, None);
    }
}

/// A certificate without its key is of no use, nor is a key without its certificate.
fn check_pair(section: &str, certificate: Option<&Path>, key: Option<&Path>, reader: &mut Reader) {
    let (given, other) = match (certificate, key) {
        (Some(_), None) => ("certificate", "key"),
        (None, Some(_)) => ("key", "certificate"),
        _ => return,
    };
    let given = format!("{section}.{given}");
    let message = format!("{section}.{other} is missing: both files are needed");
    reader.mistake(reader.origin(&given), &given, message, None);
}

/// The file's content, or nothing when it is larger than allowed.
fn read_bounded(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    if fs::metadata(path)?.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

/// The first line of a file, as a secret.
fn read_secret(path: &Path) -> Result<Secret, String> {
    let bytes = read_bounded(path, MAX_SECRET).map_err(|error| format!("it cannot be read: {error}"))?;
    let bytes = bytes.ok_or_else(|| format!("it is larger than {MAX_SECRET} bytes"))?;
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    match text.trim_end_matches(['\n', '\r']) {
        "" => Err("it is empty".to_owned()),
        text if text.contains(['\n', '\r']) => Err("it holds more than one line".to_owned()),
        text => Ok(Secret::new(text)),
    }
}

/// Bytes to a tree; what is wrong with the writing becomes mistakes.
fn tree(reader: &mut Reader, bytes: &[u8]) -> Option<yaml::Node> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let before = std::str::from_utf8(before).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let message = "the file is not UTF-8: save it in that encoding".to_owned();
            reader.mistake(reader.at(yaml::Mark { line, column }), "", message, None);
            return None;
        }
    };
    let (node, problems) = yaml::parse(text);
    for problem in problems {
        reader.mistake(reader.at(problem.mark), "", problem.message, None);
    }
    node
}
