//! Every setting: its name, type, default, when a change counts, and what it is for. The only place.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::field::section;
use super::language::{LanguageTag, LanguageTags};
use super::models::{ContextTokens, KvCache, LoadModel, MemorySize, ModelName, Repack, Threads};
use super::place::{Country, Degrees, Zone};
use super::reserved::Reserved;
use super::secret::Secret;
use super::values::{
    BaseUrl, Connections, Days, Host, Listen, LogFormat, LogLevel, PayloadBytes, Port, Span, TemperatureUnit,
    TopicPrefix,
};

section! {
    /// The whole configuration, with every default filled in.
    pub struct Config {
        /// MQTT.
        mqtt: Mqtt;
        /// The panel and the API.
        web: Web;
        /// What is kept on the disk.
        storage: Storage;
        /// The language that the hub answers in, and understands where a message names none.
        language: LanguageTag = "en", Live;
        /// Further languages that are spoken at home. A sentence that the first does not understand is tried in these,
        /// and answered in the one that understands it.
        further_languages: LanguageTags = "", Live;
        /// The home itself.
        home: Home;
        /// The log.
        log: Log;
        /// The language model on the board.
        models: Models;
        /// Room for voice.
        voice: Reserved;
        /// Room for message services.
        channels: Reserved;
        /// Room for skills.
        skills: Reserved;
        /// Room for access from outside.
        relay: Reserved;
    }

    /// How devices are reached: a broker inside the hub, or another one.
    pub struct Mqtt {
        /// The broker inside the hub.
        embedded: Embedded;
        /// Another broker to use instead; it is used as soon as it has a host.
        broker: Broker;
        /// Where devices announce themselves.
        discovery_prefix: TopicPrefix = "homeassistant", Restart;
        /// Whether Tasmota's own discovery is listened to.
        tasmota_discovery: bool = "true", Restart;
        /// Where Tasmota devices announce themselves.
        tasmota_prefix: TopicPrefix = "tasmota/discovery", Restart;
        /// How often an idle connection to the broker is checked.
        keep_alive: Span = "30s", Restart;
        /// Largest message in bytes that the hub takes; larger ones are dropped with a line in the log.
        max_payload: PayloadBytes = "262144", Restart;
    }

    /// The broker inside the hub.
    pub struct Embedded {
        /// Whether the broker inside the hub runs. False by itself when `mqtt.broker.host` is set.
        enabled: bool = "true", Restart;
        /// Where devices connect. Without it: 0.0.0.0:1883 (8883 with TLS) once a password is configured,
        /// and this machine only (127.0.0.1:1883) as long as the password is the generated one.
        listen: Option<Listen> = "", Restart;
        /// The user that devices and the hub itself log in as.
        user: String = "homeclaw", Restart;
        /// The password. Without one, the hub makes one up at the first start and keeps it in
        /// `mqtt-password` under `storage.path`.
        password: Option<Secret> = "", Restart;
        /// A file that holds the password.
        password_file: Option<PathBuf> = "", Restart;
        /// Encryption of the devices' connections.
        tls: ServerTls;
        /// How many clients may be connected at once.
        max_connections: Connections = "256", Restart;
        /// Largest packet in bytes that a client may send.
        max_packet: PayloadBytes = "1048576", Restart;
        /// Whether retained messages and the sessions of clients that asked for it outlive a restart, in
        /// `mqtt-broker` under `storage.path`.
        persistence: bool = "true", Restart;
        /// How long a change of nothing but retained payloads may wait to be written. New and removed topics,
        /// subscriptions and messages for clients that are away are written within seconds.
        persistence_interval: Span = "15m", Restart;
    }

    /// The certificate that a server shows. Both files or neither.
    pub struct ServerTls {
        /// A PEM file with the certificate and those that sign it.
        certificate: Option<PathBuf> = "", Restart;
        /// A PEM file with the private key.
        key: Option<PathBuf> = "", Restart;
    }

    /// Another broker.
    pub struct Broker {
        /// The broker's name or address.
        host: Option<Host> = "", Restart;
        /// The broker's port; 1883 without it, 8883 with TLS.
        port: Option<Port> = "", Restart;
        /// The user to log in as.
        user: Option<String> = "", Restart;
        /// The password.
        password: Option<Secret> = "", Restart;
        /// A file that holds the password.
        password_file: Option<PathBuf> = "", Restart;
        /// The name by which the broker knows the hub's session again. Two hubs need two names.
        client_id: String = "homeclaw", Restart;
        /// Encryption.
        tls: ClientTls;
    }

    /// How the connection to a broker is encrypted.
    pub struct ClientTls {
        /// Whether the connection is encrypted.
        enabled: bool = "false", Restart;
        /// A PEM file with the certificates to trust; the system's own without it.
        ca_file: Option<PathBuf> = "", Restart;
    }

    /// The panel and the API.
    pub struct Web {
        /// Where browsers and programs connect. Everybody has to log in.
        listen: Listen = "0.0.0.0:8080", Restart;
        /// The address under which browsers reach the panel, where it is another (behind a proxy).
        public_url: Option<BaseUrl> = "", Restart;
        /// Encryption of the panel's connections. Browsers want it for microphones and for installing the
        /// panel.
        tls: WebTls;
    }

    /// The certificate that the panel shows: two files, or one that the hub makes.
    pub struct WebTls {
        /// Whether the hub makes a certificate itself and keeps it. Browsers warn of it at the first visit.
        self_signed: bool = "false", Restart;
        /// A PEM file with the certificate and those that sign it. It is read again when it changes.
        certificate: Option<PathBuf> = "", Restart;
        /// A PEM file with the private key.
        key: Option<PathBuf> = "", Restart;
    }

    /// What is kept on the disk.
    pub struct Storage {
        /// The folder for everything that the hub keeps.
        path: PathBuf = "/var/lib/homeclaw", Restart;
        /// Days of history that are kept; 0 keeps none.
        history_days: Days = "10", Restart;
    }

    /// The home itself.
    pub struct Home {
        /// What the home is called.
        name: String = "Home", Live;
        /// The time zone; the system's own without it.
        time_zone: Option<Zone> = "", Live;
        /// What temperatures are shown and spoken in. Without it, what is usual in `home.country`; celsius without
        /// that.
        temperature_unit: Option<TemperatureUnit> = "", Live;
        /// Where the home is, in degrees north. Checked, but not used in this version.
        latitude: Option<Degrees<90>> = "", Live;
        /// Where the home is, in degrees east. Checked, but not used in this version.
        longitude: Option<Degrees<180>> = "", Live;
        /// The country that the home is in. It decides what temperatures are shown in, unless
        /// `home.temperature_unit` does.
        country: Option<Country> = "", Live;
    }

    /// The language model on the board, for what no sentence template understands.
    pub struct Models {
        /// The folder with the models' files; `models` under `storage.path` without it.
        path: Option<PathBuf> = "", Restart;
        /// The model in use: its file's name without `.gguf`. Without it there is none.
        name: Option<ModelName> = "", Restart;
        /// Tokens that a prompt and its answer may have together; no more than the model was trained for.
        context: ContextTokens = "2048", Restart;
        /// Threads that compute. Without it one less than the machine has cores, because two that compute on
        /// busy cores wait for each other.
        threads: Option<Threads> = "", Restart;
        /// How what was read is kept in memory: f16 is faster, q8_0 takes half. auto takes f16 if it fits.
        kv_cache: KvCache = "auto", Restart;
        /// Whether weights are copied into a faster order, which takes memory of nearly the file's size again.
        repack: Repack = "auto", Restart;
        /// When the model is loaded: at the start, or with the first request.
        load: LoadModel = "first_use", Restart;
        /// The model gives its memory back after so long without a request; never without it.
        idle: Option<Span> = "", Restart;
        /// Most memory that a model may take, such as 400MB. Without it, what the machine or the hub's control
        /// group has free, less 64 MiB.
        memory_limit: Option<MemorySize> = "", Restart;
    }

    /// The log.
    pub struct Log {
        /// The least important lines that are written.
        level: LogLevel = "info", Live;
        /// How lines are written.
        format: LogFormat = "text", Restart;
    }
}

impl Mqtt {
    /// The other broker, when one is to be used.
    #[must_use]
    pub fn external(&self) -> Option<(&Host, &Broker)> {
        self.broker.host.as_ref().map(|host| (host, &self.broker))
    }
}

impl Broker {
    /// The port, with its default.
    #[must_use]
    pub fn port(&self) -> u16 {
        let default = if self.tls.enabled { 8883 } else { 1883 };
        self.port.map_or(default, Port::get)
    }
}

impl Embedded {
    /// Where it listens, with the default that depends on the password: see the field.
    #[must_use]
    pub fn listen(&self) -> Listen {
        let port = if self.tls.certificate.is_some() { 8883 } else { 1883 };
        let address = if self.password.is_some() { [0, 0, 0, 0] } else { [127, 0, 0, 1] };
        self.listen.clone().unwrap_or_else(|| Listen::from(SocketAddr::from((address, port))))
    }
}

impl ServerTls {
    /// Certificate and key, when connections are to be encrypted.
    #[must_use]
    pub fn files(&self) -> Option<(&PathBuf, &PathBuf)> {
        self.certificate.as_ref().zip(self.key.as_ref())
    }
}

impl Config {
    /// Files that the configuration names and whose content can change while the hub runs.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let (mqtt, tls) = (&self.mqtt, &self.web.tls);
        let files = [&mqtt.embedded.password_file, &mqtt.broker.password_file, &tls.certificate, &tls.key];
        files.into_iter().flatten().cloned().collect()
    }
}

impl Home {
    /// The time zone in use.
    #[must_use]
    pub fn time_zone(&self) -> jiff::tz::TimeZone {
        self.time_zone.as_ref().map_or_else(jiff::tz::TimeZone::system, |zone| zone.get().clone())
    }

    /// What temperatures are shown and spoken in.
    #[must_use]
    pub fn temperature_unit(&self) -> TemperatureUnit {
        let usual = || self.country.as_ref().map_or(TemperatureUnit::Celsius, Country::temperature_unit);
        self.temperature_unit.unwrap_or_else(usual)
    }
}
