//! What the options of every subcommand come to: the configuration, and the way to the running hub.

use std::collections::BTreeMap;

use crate::config::{Config, Loaded, Source};
use crate::intent::Language;
use crate::web::CLI_TOKEN;

use super::Global;
use super::client::{Client, Token};
use super::exit::Failure;

/// The options, understood when they are needed.
pub(super) struct Context {
    global: Global,
    variables: BTreeMap<String, String>,
}

impl Context {
    /// With the process's environment. Variables that are not UTF-8 are none of the hub's.
    pub(super) fn new(global: Global) -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { global, variables }
    }

    /// A variable of the environment, unless it is empty.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Where the configuration comes from.
    pub(super) fn source(&self) -> Source {
        let languages = Language::available().to_vec();
        let mut source = Source::new(self.global.config.clone(), self.variables.clone(), languages);
        source.state.clone_from(&self.global.state_dir);
        source
    }

    /// The configuration.
    ///
    /// # Errors
    /// Its mistakes.
    pub(super) fn load(&self) -> Result<Loaded, Failure> {
        self.source().load().map_err(Failure::Mistakes)
    }

    /// The way to the running hub. With an address and a token on the command line, the configuration (which
    /// may be on another machine) is not read.
    pub(super) fn client(&self) -> Result<Client, Failure> {
        let Global { url, token, token_file, ca_file, .. } = &self.global;
        let given = match (token, token_file) {
            (Some(token), _) => Some(Token::Given(token.trim().to_owned())),
            (None, Some(file)) => Some(Token::File(file.clone())),
            (None, None) => None,
        };
        if let (Some(url), Some(token)) = (url, given.clone()) {
            return Client::new(url, token, ca_file.as_deref());
        }
        let config = self.load()?.config;
        self.client_for(&config, given)
    }

    /// The way to the hub of a configuration.
    pub(super) fn client_for(&self, config: &Config, token: Option<Token>) -> Result<Client, Failure> {
        let token = token.unwrap_or_else(|| Token::File(config.storage.path.join(CLI_TOKEN)));
        let url = self.global.url.clone().unwrap_or_else(|| local_url(config));
        Client::new(&url, token, self.global.ca_file.as_deref())
    }
}

/// Where the hub of this machine answers; without encryption, which it asks of others only.
fn local_url(config: &Config) -> String {
    let (host, port) = (config.web.listen.reachable_host(), config.web.listen.port());
    if host.contains(':') { format!("http://[{host}]:{port}") } else { format!("http://{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hub_of_this_machine_is_asked_at_its_own_port() {
        let config = |listen: &str| {
            let source = Source::new(None, BTreeMap::new(), Vec::new());
            source.parse(&format!("web: {{listen: '{listen}'}}")).unwrap()
        };
        assert_eq!(local_url(&config("0.0.0.0:8080")), "http://127.0.0.1:8080");
        assert_eq!(local_url(&config("[::]:81")), "http://[::1]:81");
        assert_eq!(local_url(&config("home.lan:81")), "http://home.lan:81");
    }
}
