//! The hub's own encryption, as a real client meets it.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, header};
use futures_util::StreamExt as _;
use homeclaw::runtime::tls;
use homeclaw::web::{CERTIFICATE_FILE, CertificateSource, Server, Transport, own_names};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::support::TestApi;

async fn listen(api: &TestApi) -> SocketAddr {
    let server = Server::bind(Arc::clone(&api.web), "127.0.0.1:0").await.unwrap();
    let address = server.address();
    tokio::spawn(server.run(api.stopping.clone()));
    address
}

/// A client that trusts one certificate.
async fn connect(address: SocketAddr, name: &str, trust: &Path) -> std::io::Result<TlsStream<TcpStream>> {
    let connector = TlsConnector::from(tls::client(Some(trust)).unwrap());
    let stream = TcpStream::connect(address).await.unwrap();
    connector.connect(ServerName::try_from(name.to_owned()).unwrap(), stream).await
}

async fn ask(stream: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin), head: &str, body: &str) -> String {
    let length = body.len();
    let request = format!("{head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A server that closes without TLS's goodbye has still said all of its answer.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).to_lowercase()
}

#[tokio::test]
async fn the_hubs_own_certificate_encrypts() {
    let api = TestApi::encrypted(|folder| CertificateSource::SelfSigned {
        folder: folder.to_owned(),
        names: own_names(Some("hub"), None, None),
    })
    .await;
    let address = listen(&api).await;
    let trust = api.folder().join(CERTIFICATE_FILE);
    assert_eq!(api.web.self_signed_fingerprint().unwrap().len(), 95);

    let link = api.web.login_link("https://hub").unwrap();
    let code = link.split('#').nth(1).unwrap();
    let body = format!("{{\"code\":\"{code}\"}}");
    let head =
        format!("POST /api/v1/session/link HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json");
    let mut stream = connect(address, "hub.local", &trust).await.unwrap();
    let answer = ask(&mut stream, &head, &body).await;
    assert!(answer.starts_with("http/1.1 200"), "{answer}");
    assert!(answer.contains("; secure"), "{answer}");
    assert!(!answer.contains("strict-transport-security"), "browsers do not trust it: {answer}");

    let mut request = format!("wss://{address}/api/v1/ws").into_client_request().unwrap();
    let token = format!("Bearer {}", api.cli_token());
    request.headers_mut().insert(header::AUTHORIZATION, token.parse().unwrap());
    let stream = connect(address, "127.0.0.1", &trust).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    let first = socket.next().await.unwrap().unwrap();
    assert!(first.to_text().unwrap().contains("\"type\":\"snapshot\""));

    assert!(connect(address, "evil.example", &trust).await.is_err(), "the name is not in the certificate");
}

#[tokio::test]
async fn programs_on_the_hub_itself_need_no_encryption_and_noise_does_no_harm() {
    let api = TestApi::encrypted(|folder| CertificateSource::SelfSigned {
        folder: folder.to_owned(),
        names: own_names(None, None, None),
    })
    .await;
    let address = listen(&api).await;
    let mut noise = TcpStream::connect(address).await.unwrap();
    noise.write_all(&[22, 3, 1, 0xff, 0xff, 0, 1, 2]).await.unwrap();
    noise.shutdown().await.unwrap();
    let mut rest = Vec::new();
    let _ = noise.read_to_end(&mut rest).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    silent.shutdown().await.unwrap();

    let mut plain = TcpStream::connect(address).await.unwrap();
    let token = api.cli_token().to_owned();
    let head = format!("GET /api/v1/states HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}");
    let answer = ask(&mut plain, &head, "").await;
    assert!(answer.starts_with("http/1.1 200"), "{answer}");
    let made = api.post("/api/v1/login-links", serde_json::json!({})).await.expect(201);
    assert!(made["url"].as_str().unwrap().starts_with("https://"), "{made}");
}

#[tokio::test]
async fn plain_text_over_the_network_is_sent_away() {
    let api = TestApi::start().await;
    let ask = |method: &str, path: &str, host: &str, token: bool| {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, host);
        if token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", api.cli_token()));
        }
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(Transport::Exposed);
        api.send(request)
    };
    let sent = ask("GET", "/rooms?x=1", "192.168.1.20:8080", false).await;
    assert_eq!(sent.status, 308);
    assert_eq!(sent.headers[header::LOCATION], "https://192.168.1.20:8080/rooms?x=1");
    ask("GET", "/", "evil.example", false).await.refused(421, "wrong_host");
    ask("POST", "/api/v1/session", "192.168.1.20:8080", false).await.refused(403, "not_encrypted");
    // A token that was sent in the open must not seem to work.
    ask("GET", "/api/v1/states", "192.168.1.20:8080", true).await.refused(403, "not_encrypted");
    ask("GET", "/healthz", "192.168.1.20:8080", false).await.expect(200);
}

#[tokio::test]
async fn a_certificate_of_the_owners_is_exchanged_while_the_hub_runs() {
    fn write(folder: &Path) {
        let made = rcgen::generate_simple_self_signed(vec!["hub.example.org".to_owned()]).unwrap();
        fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
        fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    }
    let api = TestApi::encrypted(|folder| {
        write(folder);
        CertificateSource::Files { certificate: folder.join("cert.pem"), key: folder.join("key.pem") }
    })
    .await;
    let address = listen(&api).await;
    let trust = api.folder().join("cert.pem");
    let head = "GET /healthz HTTP/1.1\r\nHost: hub";
    let mut stream = connect(address, "hub.example.org", &trust).await.unwrap();
    let answer = ask(&mut stream, head, "").await;
    assert!(answer.contains("strict-transport-security: max-age="), "{answer}");

    let old = api.folder().join("old.pem");
    fs::copy(&trust, &old).unwrap();
    write(api.folder());
    api.web.read_certificate_again();
    connect(address, "hub.example.org", &trust).await.unwrap();
    assert!(connect(address, "hub.example.org", &old).await.is_err());

    fs::write(&trust, "nonsense").unwrap();
    api.web.read_certificate_again();
    let mut stream = TcpStream::connect(address).await.unwrap();
    assert!(ask(&mut stream, head, "").await.starts_with("http/1.1 200"), "it still answers");
}
