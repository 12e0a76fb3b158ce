//! Connections: real sockets.

use std::sync::Arc;

use homeclaw::web::Server;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::support::TestApi;

async fn exchange(stream: &mut TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 4_096];
    while !String::from_utf8_lossy(&answer).contains("\r\n\r\n") {
        let read = stream.read(&mut buffer).await.unwrap();
        if read == 0 {
            break;
        }
        answer.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_port_in_use_is_said_in_words() {
    let api = TestApi::start().await;
    let first = Server::bind(Arc::clone(&api.web), "127.0.0.1:0").await.unwrap();
    let listen = first.address().to_string();
    let Err(error) = Server::bind(Arc::clone(&api.web), &listen).await else { panic!("it was free") };
    let words = error.to_string();
    assert!(words.contains(&listen) && words.contains("in use"), "{words}");
    let Err(error) = Server::bind(Arc::clone(&api.web), "no-such-host.invalid:1").await else { panic!() };
    assert!(error.to_string().contains("no-such-host.invalid"), "{error}");
}

#[tokio::test]
async fn it_answers_over_one_connection_until_it_stops() {
    let api = TestApi::start().await;
    let server = Server::bind(Arc::clone(&api.web), "127.0.0.1:0").await.unwrap();
    let address = server.address();
    let stop = CancellationToken::new();
    let running = tokio::spawn(server.run(stop.clone()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    for _ in 0..2 {
        let answer = exchange(&mut stream, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let many = "X-Filler: 1\r\n".repeat(100);
    let answer =
        exchange(&mut stream, &format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\n{many}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");

    let mut idle = TcpStream::connect(address).await.unwrap();
    exchange(&mut idle, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    stop.cancel();
    running.await.unwrap();
    // An idle connection does not hold up the end.
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
