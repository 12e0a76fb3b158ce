//! REST to the running hub.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::Agent;
use ureq::http::Response;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::runtime::tls;

use super::exit::{Code, Failure};

/// Longest answer that is read: a home of many thousand entities fits.
const MAX_ANSWER: u64 = 64 * 1024 * 1024;
/// Longest wait for an answer; a sentence that waits for devices takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where the token comes from.
#[derive(Debug, Clone)]
pub(super) enum Token {
    /// The command line or the environment.
    Given(String),
    /// A file, read with the first request that needs it.
    File(PathBuf),
}

/// A running hub.
pub(super) struct Client {
    agent: Agent,
    base: String,
    token: Token,
}

impl Client {
    /// For the hub at an address.
    pub(super) fn new(url: &str, token: Token, trust: Option<&Path>) -> Result<Self, Failure> {
        let encrypted = url.starts_with("https://");
        if !encrypted && !url.starts_with("http://") {
            let advice = "write it as http://HOST:PORT or https://HOST:PORT";
            return Err(Failure::usage(format!("{url:?} is no address of a hub: {advice}")));
        }
        let tls = if encrypted { encryption(trust)? } else { TlsConfig::default() };
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(3)))
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .user_agent(concat!("homeclaw/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { agent: config.new_agent(), base: url.trim_end_matches('/').to_owned(), token })
    }

    /// The hub's address.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    fn token(&self) -> Result<String, Failure> {
        match &self.token {
            Token::Given(token) => Ok(token.clone()),
            Token::File(path) => {
                let read = std::fs::read_to_string(path).map(|text| text.trim().to_owned());
                read.map_err(|error| {
                    let path = path.display();
                    let (code, advice) = match error.kind() {
                        std::io::ErrorKind::NotFound => {
                            (Code::Unreachable, "the hub writes it when it starts: is it running here?")
                        }
                        _ => (Code::Denied, "run this as the hub's user, or make a token in the panel"),
                    };
                    Failure::Because(code, format!("no token: {path}: {error}; {advice}"))
                })
            }
        }
    }

    /// Asks for something.
    pub(super) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let request = self.agent.get(format!("{}{path}", self.base)).header("authorization", self.bearer()?);
        self.answer(request.call())
    }

    /// Sends something.
    pub(super) fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        let request = self.agent.post(format!("{}{path}", self.base)).header("authorization", self.bearer()?);
        self.answer(request.send_json(body))
    }

    /// Changes something.
    pub(super) fn patch<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        let request =
            self.agent.patch(format!("{}{path}", self.base)).header("authorization", self.bearer()?);
        self.answer(request.send_json(body))
    }

    /// Takes something away.
    pub(super) fn delete(&self, path: &str) -> Result<Value, Failure> {
        let request =
            self.agent.delete(format!("{}{path}", self.base)).header("authorization", self.bearer()?);
        self.answer(request.call())
    }

    /// A page that needs no token: its status and text.
    pub(super) fn open(&self, path: &str) -> Result<(u16, String), Failure> {
        let result = self.agent.get(format!("{}{path}", self.base)).call();
        let mut response = result.map_err(|error| self.unreachable(&error))?;
        let text = response.body_mut().with_config().limit(MAX_ANSWER).read_to_string();
        Ok((response.status().as_u16(), text.map_err(|error| self.unreachable(&error))?))
    }

    /// A page in plain text.
    pub(super) fn text(&self, path: &str) -> Result<String, Failure> {
        let request = self.agent.get(format!("{}{path}", self.base)).header("authorization", self.bearer()?);
        let mut response = request.call().map_err(|error| self.unreachable(&error))?;
        let text = response.body_mut().with_config().limit(MAX_ANSWER).read_to_string();
        text.map_err(|error| self.unreachable(&error))
    }

    fn bearer(&self) -> Result<String, Failure> {
        Ok(format!("Bearer {}", self.token()?))
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        let reason = error.to_string();
        let advice = if reason.contains("certificate") {
            "if the hub made its certificate itself, name that with --ca-file"
        } else {
            "is it running? `homeclaw doctor` finds out more"
        };
        Failure::Because(
            Code::Unreachable,
            format!("the hub at {} does not answer: {reason}; {advice}", self.base),
        )
    }

    fn answer<T: DeserializeOwned>(
        &self,
        result: Result<Response<ureq::Body>, ureq::Error>,
    ) -> Result<T, Failure> {
        let mut response = result.map_err(|error| self.unreachable(&error))?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        let body = body.map_err(|error| self.unreachable(&error))?;
        if !(200..300).contains(&status) {
            return Err(refusal(status, &body));
        }
        // Some answers have nothing to say.
        let body: &[u8] = if body.is_empty() { b"null" } else { &body };
        serde_json::from_slice(body).map_err(|error| {
            let base = &self.base;
            Failure::new(format!("{base} gave an answer that this version does not understand: {error}"))
        })
    }
}

/// Trusts the certificates of a file, or else those that this machine trusts anyway.
fn encryption(trust: Option<&Path>) -> Result<TlsConfig, Failure> {
    let trusted = tls::trusted(trust).map_err(|error| Failure::new(error.to_string()))?;
    let trusted: Vec<_> = trusted.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&trusted))
        .unversioned_rustls_crypto_provider(tls::provider())
        .build())
}

/// The hub's own words for why not, and the exit code that goes with them.
fn refusal(status: u16, body: &[u8]) -> Failure {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let words = body.pointer("/error/message").and_then(Value::as_str);
    let words = words.map_or_else(|| format!("the hub answered with status {status}"), str::to_owned);
    match status {
        401 | 403 => {
            let advice = "use another --token, or run this as the user that the hub runs as";
            Failure::Because(Code::Denied, format!("{words}; {advice}"))
        }
        404 => Failure::Because(Code::NotFound, words),
        _ => Failure::new(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hubs_own_words_are_passed_on() {
        let body = br#"{"error":{"code":"not_found","message":"there is no entity \"light.x\""}}"#;
        let failure = refusal(404, body);
        assert_eq!(failure.code(), Code::NotFound);
        assert_eq!(failure.text(), "homeclaw: there is no entity \"light.x\"");
        assert_eq!(refusal(401, b"").code(), Code::Denied);
        assert!(refusal(502, b"<html>").text().contains("status 502"));
    }
}
