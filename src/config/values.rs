//! The kinds of values: each says what it allows and refuses the rest with a reason.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::field::{Context, Value, Wrong};
use super::mistake::nearest;
use super::secret::Secret;

/// Longest text of any setting, in bytes.
const MAX_TEXT: usize = 1024;

/// A value that need not be there: empty stands for none.
impl<V: Value> Value for Option<V> {
    fn allowed() -> String {
        V::allowed()
    }
    fn parse(text: &str, context: &Context<'_>) -> Result<Self, Wrong> {
        if text.is_empty() { Ok(None) } else { V::parse(text, context).map(Some) }
    }
    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "not set".to_owned(), V::show)
    }
    const SECRET: bool = V::SECRET;
}

impl Value for bool {
    fn allowed() -> String {
        "true or false".to_owned()
    }
    fn parse(text: &str, _: &Context<'_>) -> Result<Self, Wrong> {
        match text {
            "true" | "True" | "TRUE" => Ok(true),
            "false" | "False" | "FALSE" => Ok(false),
            _ => {
                let meant = match text.to_lowercase().as_str() {
                    "yes" | "on" | "y" | "1" => Some("true".to_owned()),
                    "no" | "off" | "n" | "0" => Some("false".to_owned()),
                    other => nearest(other, ["true", "false"]).map(str::to_owned),
                };
                Err(Wrong { reason: None, suggestion: meant })
            }
        }
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

/// A line of text for people, not empty.
impl Value for String {
    fn allowed() -> String {
        "a text of one line".to_owned()
    }
    fn parse(text: &str, _: &Context<'_>) -> Result<Self, Wrong> {
        if text.trim().is_empty() {
            return Err(Wrong::because("it is empty"));
        }
        if text.len() > MAX_TEXT {
            return Err(Wrong::because(format!("it is longer than {MAX_TEXT} bytes")));
        }
        match text.chars().find(|c| c.is_control()) {
            Some(_) => Err(Wrong::because("it holds a control character")),
            None => Ok(text.trim().to_owned()),
        }
    }
    fn show(&self) -> String {
        self.clone()
    }
}

impl Value for Secret {
    fn allowed() -> String {
        "a text of one line".to_owned()
    }
    fn parse(text: &str, context: &Context<'_>) -> Result<Self, Wrong> {
        String::parse(text, context).map(|_| Self::new(text))
    }
    fn show(&self) -> String {
        self.to_string()
    }
    const SECRET: bool = true;
}

/// A path; a relative one starts from the folder of the file that it is written in.
impl Value for PathBuf {
    fn allowed() -> String {
        "a path".to_owned()
    }
    fn parse(text: &str, context: &Context<'_>) -> Result<Self, Wrong> {
        let text = String::parse(text, context)?;
        Ok(context.base.map_or_else(|| Self::from(&text), |base| base.join(&text)))
    }
    fn show(&self) -> String {
        self.display().to_string()
    }
}

/// A whole number between two others.
macro_rules! whole {
    ($($(#[$doc:meta])* $name:ident($type:ty) = $min:literal ..= $max:literal;)+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name($type);

        impl $name {
            /// The number.
            #[must_use]
            pub const fn get(self) -> $type {
                self.0
            }
        }

        impl Value for $name {
            fn allowed() -> String {
                concat!("a whole number from ", $min, " to ", $max).to_owned()
            }
            fn parse(text: &str, _: &Context<'_>) -> Result<Self, Wrong> {
                match text.parse::<$type>() {
                    Ok(number) if ($min..=$max).contains(&number) => Ok(Self(number)),
                    _ => Err(Wrong::default()),
                }
            }
            fn show(&self) -> String {
                self.0.to_string()
            }
        }
    )+ };
}

whole! {
    /// A TCP port to connect to.
    Port(u16) = 1..=65535;
    /// Days to keep something.
    Days(u16) = 0..=3650;
    /// How many clients may be connected at once.
    Connections(u16) = 1..=10000;
    /// Largest MQTT payload in bytes.
    PayloadBytes(u32) = 1024..=16777216;
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn one_of(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

/// One of a few words.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? })+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// As it is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl Value for $name {
            fn allowed() -> String {
                one_of(&[$($word),+])
            }
            fn parse(text: &str, _: &Context<'_>) -> Result<Self, Wrong> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(Wrong { reason: None, suggestion: nearest(text, [$($word),+]).map(str::to_owned) }),
                }
            }
            fn show(&self) -> String {
                self.as_str().to_owned()
            }
        }
    )+ };
}

pub(super) use {whole, words};

words! {
    /// What temperatures are shown and spoken in.
    TemperatureUnit {
        /// Degrees Celsius.
        Celsius = "celsius",
        /// Degrees Fahrenheit.
        Fahrenheit = "fahrenheit",
    }
    /// How log lines are written.
    LogFormat {
        /// For people.
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
    /// The least important log lines that are kept.
    LogLevel {
        /// Something failed.
        Error = "error",
        /// Something is wrong, and the hub copes.
        Warn = "warn",
        /// What an owner wants to know.
        Info = "info",
        /// What a developer wants to know.
        Debug = "debug",
        /// Everything.
        Trace = "trace",
    }
}

impl TemperatureUnit {
    /// `°C` or `°F`.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Celsius => "°C",
            Self::Fahrenheit => "°F",
        }
    }
}

/// A host's name or address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host(String);

impl Host {
    /// As it was written, without brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Host {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        if bare.parse::<IpAddr>().is_ok() {
            return Ok(Self(bare.to_owned()));
        }
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let name = bare.strip_suffix('.').unwrap_or(bare);
        // Digits and dots alone are an address with a slip in it, not a name.
        let address = name.chars().all(|c| c.is_ascii_digit() || c == '.');
        let good = bare == text && name.len() <= 253 && !address && name.split('.').all(label);
        if good { Ok(Self(bare.to_owned())) } else { Err(()) }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Value for Host {
    fn allowed() -> String {
        "a host's name or address, without a port".to_owned()
    }
    fn parse(text: &str, _: &Context<'_>) -> Result<Self, Wrong> {
        if text.contains("://") {
            return Err(Wrong::because("this is a whole address with its scheme"));
        }
        text.parse().map_err(|()| Wrong::default())
    }
    fn show(&self) -> String {
        self.0.clone()
    }
}

/// Where to listen: a host and a port. Port 0 lets the system choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    host: Host,
    port: u16,
}

impl Listen {
    /// The host or address part.
    #[must_use]
    pub fn host(&self) -> &str {
        self.host.as_str()
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The host by which programs on this machine connect, without brackets.
    #[must_use]
    pub fn reachable_host(&self) -> &str {
        match self.host() {
            "0.0.0.0" => "127.0.0.1",
            "::" => "::1",
            host => host,
        }
    }

    /// Whether only programs on this machine can connect.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host.0 == "localhost" || self.host.0.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

/// The text is no place to listen or to connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write an address and a port, such as 127.0.0.1:1883, [::1]:1883 or localhost:1883")]
pub struct BadListen;

impl FromStr for Listen {
    type Err = BadListen;
    fn from_str(text: &str) -> Result<Self, BadListen> {
        let (host, port) = text.rsplit_once(':').ok_or(BadListen)?;
        if host.contains(':') && !host.starts_with('[') {
            return Err(BadListen);
        }
        let every = || Ok(Host("0.0.0.0".to_owned()));
        let host = if host.is_empty() { every() } else { host.parse() };
        Ok(Self { host: host.map_err(|()| BadListen)?, port: port.parse().map_err(|_| BadListen)? })
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.0.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl Value for Listen {
    fn allowed() -> String {
        "an address and a port, such as 0.0.0.0:8080, [::]:8080 or localhost:8080".to_owned()
    }
    fn parse(text: &str, _: &Context<'_>) -> Result<Self, Wrong> {
        text.parse().map_err(|BadListen| Wrong::default())
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

/// The beginning of MQTT topics: no wildcard, no empty level, no `$` at the front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPrefix(String);

impl TopicPrefix {
    /// The prefix, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for TopicPrefix {
    fn allowed() -> String {
        "an MQTT topic without + and #, such as homeassistant".to_owned()
    }
    fn parse(text: &str, context: &Context<'_>) -> Result<Self, Wrong> {
        let text = String::parse(text, context)?;
        let reason = if text.contains(['+', '#']) {
            "+ and # are wildcards"
        } else if text.starts_with('$') {
            "topics that start with $ belong to the broker"
        } else if text.starts_with('/') || text.ends_with('/') || text.contains("//") {
            "it has an empty level"
        } else if text.len() > 200 {
            "it is longer than 200 bytes"
        } else {
            return Ok(Self(text));
        };
        Err(Wrong::because(reason))
    }
    fn show(&self) -> String {
        self.0.clone()
    }
}

/// A length of time from a second to a day, written as `30s`, `5m` or `1h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(Duration);

impl Span {
    /// The length.
    #[must_use]
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl Value for Span {
    fn allowed() -> String {
        "a time from 1s to 24h, such as 30s, 5m or 1h".to_owned()
    }
    fn parse(text: &str, _: &Context<'_>) -> Result<Self, Wrong> {
        let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let factor = match unit.trim() {
            "s" | "" => 1,
            "m" | "min" => 60,
            "h" => 3_600,
            _ => return Err(Wrong::default()),
        };
        let seconds = number.parse::<u64>().ok().and_then(|n| n.checked_mul(factor));
        match seconds.filter(|seconds| (1..=86_400).contains(seconds)) {
            Some(seconds) => Ok(Self(Duration::from_secs(seconds))),
            None => Err(Wrong::default()),
        }
    }
    fn show(&self) -> String {
        format!("{}s", self.0.as_secs())
    }
}

/// The address of a page, `http://` or `https://`, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether browsers reach it encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl Value for BaseUrl {
    fn allowed() -> String {
        "an address that starts with http:// or https://, such as https://home.example.org".to_owned()
    }
    fn parse(text: &str, context: &Context<'_>) -> Result<Self, Wrong> {
        let text = String::parse(text, context)?;
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))
            .ok_or_else(Wrong::default)?;
        let authority = rest.split('/').next().unwrap_or_default();
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.parse::<u16>().is_ok() => host,
            _ => authority,
        };
        if host.parse::<Host>().is_err() || rest.contains(['?', '#', ' ', '@']) {
            return Err(Wrong::default());
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
    fn show(&self) -> String {
        self.0.clone()
    }
}

impl From<std::net::SocketAddr> for Listen {
    fn from(address: std::net::SocketAddr) -> Self {
        Self { host: Host(address.ip().to_string()), port: address.port() }
    }
}
