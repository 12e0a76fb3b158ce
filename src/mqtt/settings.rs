//! What the broker and the client can be told.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// User and password. The password is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// User.
    pub user: String,
    /// Password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).field("password", &"…").finish()
    }
}

/// The certificate that the embedded broker shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerTls {
    /// PEM file with the certificate and those that sign it.
    pub cert: PathBuf,
    /// PEM file with the private key.
    pub key: PathBuf,
}

/// How the embedded broker runs.
#[derive(Debug, Clone)]
pub struct BrokerSettings {
    /// Address and port to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Who may connect; empty lets everybody in.
    pub logins: Vec<Login>,
    /// TLS instead of plain TCP.
    pub tls: Option<BrokerTls>,
    /// Largest packet in bytes that a client may send; one that sends more is disconnected.
    pub max_packet: usize,
    /// How many clients may be connected at once.
    pub max_connections: usize,
    /// Where retained messages and sessions outlive the broker; `None` forgets them.
    pub persistence: Option<Persistence>,
}

/// How the embedded broker keeps retained messages and sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Persistence {
    /// The file; its folder must be there.
    pub file: PathBuf,
    /// How long a change of nothing but payloads may wait to be written.
    pub interval: Duration,
}

impl Default for BrokerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 1883)),
            logins: Vec::new(),
            tls: None,
            max_packet: 1024 * 1024,
            max_connections: 256,
            persistence: None,
        }
    }
}

/// How the client encrypts its connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// PEM file with the certificates to trust; the system's own otherwise.
    pub ca: Option<PathBuf>,
}

/// How the client connects.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// Host name or address of the broker.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// User and password.
    pub login: Option<Login>,
    /// TLS instead of plain TCP.
    pub tls: Option<Tls>,
    /// Stays the same over restarts, so that the broker knows the session again.
    pub client_id: String,
    /// Start without the session of before. Right for the embedded broker, whose sessions end with the hub.
    pub clean_session: bool,
    /// Quality of service of subscriptions, 0 or 1.
    pub subscribe_qos: u8,
    /// How often the connection is tried when nothing is sent.
    pub keep_alive: Duration,
    /// Largest payload in bytes that the hub takes; larger ones are dropped with a line in the log.
    pub max_payload: usize,
    /// How many messages may wait to go out.
    pub queue: usize,
    /// Where the hub says `online` and `offline`, retained, with `offline` as its last will.
    pub status_topic: String,
    /// Where devices are told that a hub is there, so that they announce themselves again
    /// (`homeassistant/status`); `None` where another program does so already.
    pub announce_topic: Option<String>,
    /// Shortest and longest wait between two tries to connect.
    pub retry: (Duration, Duration),
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 1883,
            login: None,
            tls: None,
            client_id: "homeclaw".to_owned(),
            clean_session: false,
            subscribe_qos: 1,
            keep_alive: Duration::from_secs(30),
            max_payload: 256 * 1024,
            queue: 1_000,
            status_topic: "homeclaw/status".to_owned(),
            announce_topic: Some("homeassistant/status".to_owned()),
            retry: (Duration::from_millis(500), Duration::from_secs(30)),
        }
    }
}

impl ClientSettings {
    /// For the embedded broker at an address. Its sessions end with the hub, so none is asked for, and between
    /// two threads of one program nothing is lost that quality 1 could bring again.
    #[must_use]
    pub fn embedded(address: SocketAddr, login: Option<Login>) -> Self {
        let host = match address.ip() {
            ip if ip.is_unspecified() && ip.is_ipv6() => "::1".to_owned(),
            ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
            ip => ip.to_string(),
        };
        Self { host, port: address.port(), login, clean_session: true, subscribe_qos: 0, ..Self::default() }
    }

    /// `host:port`, for people.
    #[must_use]
    pub fn address(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        let login = Login { user: "hub".into(), password: "geheim".into() };
        let settings = ClientSettings { login: Some(login), ..ClientSettings::default() };
        assert!(!format!("{settings:?}").contains("geheim"));
    }

    #[test]
    fn an_address_can_be_dialled() {
        let address = |text: &str| ClientSettings::embedded(text.parse().unwrap(), None).address();
        assert_eq!(address("0.0.0.0:1883"), "127.0.0.1:1883");
        assert_eq!(address("[::]:1884"), "[::1]:1884");
        assert_eq!(address("192.168.1.2:1883"), "192.168.1.2:1883");
    }
}
