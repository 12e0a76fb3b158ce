//! The embedded broker: how it starts, stops, and says no.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod mqtt_support;

use std::net::TcpListener;

use homeclaw::mqtt::{Broker, BrokerError, BrokerSettings, BrokerTls, ClientSettings, Login, Tls};
use mqtt_support::{Kind, Mosquitto, Running, TestBroker, embedded, login, within};

#[tokio::test]
async fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    let error = Broker::start(BrokerSettings { listen, ..embedded() }).unwrap_err();
    assert!(matches!(error, BrokerError::InUse { .. }));
    let words = error.to_string();
    assert!(words.contains(&listen.to_string()) && words.contains("mqtt.embedded.listen"), "{words}");
}

#[tokio::test]
async fn an_address_of_another_machine_is_named() {
    let listen = "192.0.2.1:1883".parse().unwrap();
    let error = Broker::start(BrokerSettings { listen, ..embedded() }).unwrap_err();
    assert!(error.to_string().contains("192.0.2.1:1883"), "{error}");
}

#[tokio::test]
async fn it_stops_and_its_port_is_free_again() {
    let first = Broker::start(embedded()).unwrap();
    let listen = first.address();
    let hub = Running::start(ClientSettings::embedded(first.local_address(), Some(login())));
    hub.seen.up(1).await;
    within("the broker to stop", first.stop()).await;
    hub.seen.down().await;
    let second = Broker::start(BrokerSettings { listen, ..embedded() }).unwrap();
    hub.seen.up(2).await;
    hub.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn several_run_beside_each_other() {
    let (first, second) = (Broker::start(embedded()).unwrap(), Broker::start(embedded()).unwrap());
    let (one, two) = (TestBroker::Embedded(first), TestBroker::Embedded(second));
    let (mut a, mut b) = (one.other("same").await, two.other("same").await);
    a.publish("t", "first", true).await;
    b.publish("t", "second", true).await;
    a.client.subscribe("t", rumqttc::QoS::AtMostOnce).await.unwrap();
    a.payload("t", "first").await;
}

async fn refused(kind: Kind, wrong: Option<Login>) -> String {
    let broker = TestBroker::start(kind).await;
    let hub = Running::start(ClientSettings { login: wrong, ..broker.settings() });
    let words = hub.seen.complaint("user").await;
    assert!(!hub.client.is_connected() && words.contains(&broker.address().to_string()), "{words}");
    hub.stop().await;
    words
}

#[tokio::test]
async fn a_wrong_password_is_said_in_words() {
    let wrong = || Some(Login { user: "hub".into(), password: "wrong".into() });
    for kind in [Kind::Mosquitto, Kind::Embedded] {
        let words = refused(kind, wrong()).await;
        assert!(words.contains("user or password refused"), "{words}");
    }
}

#[tokio::test]
async fn nobody_enters_without_a_password() {
    refused(Kind::Mosquitto, None).await;
    refused(Kind::Embedded, None).await;
}

#[tokio::test]
async fn a_broker_that_is_not_there_is_said_in_words() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let hub = Running::start(ClientSettings { port, ..ClientSettings::default() });
    let words = hub.seen.complaint("connection refused").await;
    assert!(words.contains(&format!("127.0.0.1:{port}")), "{words}");
    hub.stop().await;
    let hub =
        Running::start(ClientSettings { host: "no-such-host.invalid".into(), ..ClientSettings::default() });
    hub.seen.complaint("no-such-host.invalid").await;
    hub.stop().await;
}

/// A certificate for `localhost` and the authority that signed it.
struct Certificates {
    _dir: tempfile::TempDir,
    server: BrokerTls,
    ca: std::path::PathBuf,
    other_ca: std::path::PathBuf,
}

fn certificates() -> Certificates {
    let dir = tempfile::tempdir().unwrap();
    let authority = |name: &str| {
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, certificate.pem()).unwrap();
        (path, rcgen::Issuer::new(params, key))
    };
    let (ca, issuer) = authority("ca.pem");
    let (other_ca, _) = authority("other.pem");
    let key = rcgen::KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned()];
    let certificate = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let server = BrokerTls { cert: dir.path().join("cert.pem"), key: dir.path().join("key.pem") };
    std::fs::write(&server.cert, certificate.pem()).unwrap();
    std::fs::write(&server.key, key.serialize_pem()).unwrap();
    Certificates { _dir: dir, server, ca, other_ca }
}

async fn encrypted(port: u16, certificates: &Certificates) {
    let settings = |ca: &std::path::Path| ClientSettings {
        host: "localhost".to_owned(),
        port,
        login: Some(login()),
        tls: Some(Tls { ca: Some(ca.to_owned()) }),
        ..ClientSettings::default()
    };
    let hub = Running::start(settings(&certificates.ca));
    hub.subscribe(&["echo"]);
    hub.seen.up(1).await;
    hub.publish("echo", "hello", 1, true).await;
    assert_eq!(hub.seen.message("echo").await.payload, "hello");
    hub.stop().await;

    let hub = Running::start(settings(&certificates.other_ca));
    let words = hub.seen.complaint("cannot be trusted").await;
    assert!(words.contains("mqtt.broker.tls.ca_file"), "{words}");
    hub.stop().await;

    let hub = Running::start(ClientSettings { tls: None, ..settings(&certificates.ca) });
    hub.seen.complaint("TLS").await;
    hub.stop().await;
}

#[tokio::test]
async fn the_embedded_broker_encrypts() {
    let certificates = certificates();
    let tls = Some(certificates.server.clone());
    // `localhost` may be either of the two loopback addresses.
    let broker = Broker::start(BrokerSettings { tls, ..embedded() }).unwrap();
    encrypted(broker.address().port(), &certificates).await;
    // The hub itself needs no certificate.
    let hub = Running::start(ClientSettings::embedded(broker.local_address(), Some(login())));
    hub.seen.up(1).await;
    hub.stop().await;
    broker.stop().await;
}

#[tokio::test]
async fn mosquitto_encrypts() {
    let certificates = certificates();
    let broker = Mosquitto::start(Some(&certificates.server)).await;
    encrypted(broker.address.port(), &certificates).await;
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_named() {
    let certificates = certificates();
    let start = |tls: BrokerTls| Broker::start(BrokerSettings { tls: Some(tls), ..embedded() });
    let missing = BrokerTls { cert: "/no/such/cert.pem".into(), ..certificates.server.clone() };
    let error = start(missing).unwrap_err().to_string();
    assert!(error.contains("/no/such/cert.pem"), "{error}");
    let swapped = BrokerTls { cert: certificates.server.key.clone(), key: certificates.server.cert.clone() };
    let error = start(swapped).unwrap_err().to_string();
    assert!(error.contains("key.pem"), "{error}");
    let mixed = BrokerTls { cert: certificates.ca, key: certificates.server.key };
    let error = start(mixed).unwrap_err().to_string();
    assert!(error.contains("ca.pem") && error.contains("key.pem"), "{error}");
}
