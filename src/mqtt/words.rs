//! What went wrong with the connection, in words that a person can act on.

use std::io::{Error, ErrorKind};

use rumqttc::mqttbytes::Error as PacketError;
use rumqttc::{ConnectReturnCode, ConnectionError, StateError, TlsError};

use super::settings::ClientSettings;

/// Why there is no connection. `established` tells whether the broker had let the client in before.
pub(super) fn explain(error: &ConnectionError, settings: &ClientSettings, established: bool) -> String {
    let address = settings.address();
    match error {
        ConnectionError::Io(error) => explain_io(error, settings, established),
        ConnectionError::Tls(TlsError::Io(error)) => explain_tls(&error.to_string(), settings),
        ConnectionError::Tls(error) => explain_tls(&error.to_string(), settings),
        ConnectionError::ConnectionRefused(code) => explain_refusal(*code, settings),
        ConnectionError::NetworkTimeout | ConnectionError::FlushTimeout => {
            format!(
                "the broker at {address} does not answer in time: check the address, the network and the \
                 firewall"
            )
        }
        ConnectionError::MqttState(StateError::Io(error)) => explain_io(error, settings, established),
        ConnectionError::MqttState(StateError::Deserialization(PacketError::Io(error))) => {
            explain_io(error, settings, established)
        }
        ConnectionError::MqttState(StateError::Deserialization(PacketError::PayloadSizeLimitExceeded(
            bytes,
        ))) => format!(
            "the broker at {address} sent a message of {bytes} bytes, too large to be read: find the device \
             that sends it and remove the retained message"
        ),
        ConnectionError::MqttState(StateError::AwaitPingResp) => {
            format!("the broker at {address} no longer answers: check the network and the broker")
        }
        ConnectionError::MqttState(StateError::ConnectionAborted) => closed(settings, established),
        ConnectionError::MqttState(StateError::Deserialization(error)) if !established => format!(
            "what answers at {address} does not speak MQTT 3.1.1 ({error}): check the port, and whether it wants TLS"
        ),
        ConnectionError::MqttState(error) => {
            format!("the broker at {address} sent something that is not understood ({error})")
        }
        ConnectionError::NotConnAck(_) => {
            format!("what answers at {address} is no MQTT 3.1.1 broker: check mqtt.broker.host and port")
        }
        ConnectionError::RequestsDone => "the hub has closed the connection".to_owned(),
    }
}

fn closed(settings: &ClientSettings, established: bool) -> String {
    let address = settings.address();
    if established {
        return format!("the broker at {address} closed the connection: look at its log");
    }
    // Some brokers (rumqttd is one) say no more than this to a wrong password.
    let check =
        if settings.login.is_some() { "check user and password" } else { "it may want a user and password" };
    format!("the broker at {address} closed the connection during log-in: {check}, and whether it wants TLS")
}

fn explain_io(error: &Error, settings: &ClientSettings, established: bool) -> String {
    let address = settings.address();
    match error.kind() {
        ErrorKind::ConnectionRefused => format!(
            "cannot reach broker at {address}: connection refused; check that the broker runs and listens there"
        ),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::UnexpectedEof
        | ErrorKind::BrokenPipe => closed(settings, established),
        ErrorKind::TimedOut => {
            format!(
                "cannot reach broker at {address}: no answer; check the address, the network and the firewall"
            )
        }
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => {
            format!("cannot reach broker at {address}: no way there; check the network")
        }
        ErrorKind::InvalidData if settings.tls.is_some() => explain_tls(&error.to_string(), settings),
        // The resolver's errors have no kind of their own.
        _ if error.to_string().contains("lookup address") => format!(
            "cannot find broker {host}: the name is unknown; check mqtt.broker.host",
            host = settings.host
        ),
        _ => format!("cannot reach broker at {address}: {error}"),
    }
}

fn explain_tls(reason: &str, settings: &ClientSettings) -> String {
    let address = settings.address();
    let advice = match &settings.tls {
        Some(tls) if tls.ca.is_none() => {
            "set mqtt.broker.tls.ca_file to the certificate that signed the broker's"
        }
        _ => "check that mqtt.broker.tls.ca_file signed the broker's certificate and that it names this host",
    };
    format!("the broker at {address} cannot be trusted ({reason}): {advice}")
}

fn explain_refusal(code: ConnectReturnCode, settings: &ClientSettings) -> String {
    let address = settings.address();
    let why = match code {
        ConnectReturnCode::BadUserNamePassword => {
            "user or password refused: check mqtt.broker.user and password"
        }
        ConnectReturnCode::NotAuthorized => {
            "user or password refused, or this user may not connect: check mqtt.broker.user and password"
        }
        ConnectReturnCode::BadClientId => "client id refused: check mqtt.broker.client_id",
        ConnectReturnCode::RefusedProtocolVersion => "it does not speak MQTT 3.1.1",
        ConnectReturnCode::ServiceUnavailable => "it takes no connections now: look at its log",
        ConnectReturnCode::Success => "it refused without a reason",
    };
    format!("broker at {address}: {why}")
}

#[cfg(test)]
mod tests {
    use super::super::settings::{Login, Tls};
    use super::*;

    fn words(error: &ConnectionError) -> String {
        let login = Some(Login { user: "hub".into(), password: "geheim".into() });
        explain(error, &ClientSettings { login, ..ClientSettings::default() }, false)
    }

    #[test]
    fn every_failure_names_the_address_and_what_to_do() {
        let io = |kind: ErrorKind| ConnectionError::Io(kind.into());
        for (error, expected) in [
            (io(ErrorKind::ConnectionRefused), "connection refused; check that the broker runs"),
            (io(ErrorKind::TimedOut), "firewall"),
            (io(ErrorKind::ConnectionReset), "check user and password"),
            (ConnectionError::NetworkTimeout, "firewall"),
            (
                ConnectionError::ConnectionRefused(ConnectReturnCode::NotAuthorized),
                "user or password refused",
            ),
            (ConnectionError::ConnectionRefused(ConnectReturnCode::BadClientId), "client_id"),
            (
                ConnectionError::MqttState(StateError::Deserialization(
                    PacketError::PayloadSizeLimitExceeded(99_000_000),
                )),
                "99000000 bytes",
            ),
        ] {
            let words = words(&error);
            assert!(words.contains("127.0.0.1:1883") && words.contains(expected), "{words}");
            assert!(!words.contains("geheim"), "{words}");
        }
    }

    #[test]
    fn an_unknown_certificate_says_which_setting_helps() {
        let settings = ClientSettings { tls: Some(Tls::default()), ..ClientSettings::default() };
        let error = ConnectionError::Io(Error::new(ErrorKind::InvalidData, "UnknownIssuer"));
        let words = explain(&error, &settings, false);
        assert!(words.contains("UnknownIssuer") && words.contains("mqtt.broker.tls.ca_file"), "{words}");
    }
}
