//! `homeclaw demo`.

use std::path::PathBuf;

use crate::config::{Config, Listen, Secret};
use crate::demo::{self, DemoOptions, Language};
use crate::runtime::{Shutdown, Signals, telemetry};

use super::context::Context;
use super::exit::{Code, Failure};
use super::serve::runtime;

/// The simulated home as a program of its own.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without --broker, the hub of this machine is used, with the user and the password from its configuration.

Examples:
  homeclaw demo
  homeclaw demo --broker 127.0.0.1:1883 --user demo --password-file ./word
  homeclaw demo --language zh-CN --prefix somewhere/else")]
pub(super) struct Demo {
    /// Broker to use, with its port
    #[arg(long, value_name = "HOST:PORT")]
    broker: Option<Listen>,
    /// User to log in as
    #[arg(long, value_name = "USER", requires = "broker")]
    user: Option<String>,
    /// File that holds the password
    #[arg(long, value_name = "FILE", requires = "user", conflicts_with = "password")]
    password_file: Option<PathBuf>,
    /// The password; on the command line other users could read it, so it comes by the variable
    #[arg(
        long,
        value_name = "PASSWORD",
        env = "HOMECLAW_DEMO_PASSWORD",
        hide = true,
        hide_env_values = true
    )]
    password: Option<String>,
    /// Encrypt the connection
    #[arg(long, requires = "broker")]
    tls: bool,
    /// File with the certificates to trust
    #[arg(long, value_name = "FILE", requires = "tls")]
    ca_file: Option<PathBuf>,
    /// Language of the devices' names: en or zh-CN [default: the hub's]
    #[arg(long, short, value_name = "TAG")]
    language: Option<String>,
    /// What every topic of the devices starts with
    #[arg(long, value_name = "TOPIC", default_value = "demo")]
    prefix: String,
    /// The same number gives the same home
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
}

impl Demo {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let config = context.load()?.config;
        let logs = telemetry::init(config.log.level, config.log.format, context.variable("RUST_LOG"));
        logs.map_err(|error| Failure::usage(error.to_string()))?;
        let options = self.options(&config)?;
        runtime()?.block_on(async {
            let mut signals = Signals::new().map_err(|error| Failure::new(error.to_string()))?;
            let shutdown = Shutdown::new();
            let running = demo::run(options, shutdown.token());
            tokio::pin!(running);
            let ended = tokio::select! {
                ended = &mut running => ended,
                () = signals.stop() => {
                    shutdown.start();
                    running.await
                }
            };
            ended.map_err(|error| Failure::new(error.to_string()))
        })
    }

    fn options(self, config: &Config) -> Result<DemoOptions, Failure> {
        let language = Language::from_tag(self.language.as_deref().unwrap_or(config.language.as_str()));
        let common = DemoOptions {
            discovery_prefix: config.mqtt.discovery_prefix.as_str().to_owned(),
            topic_prefix: self.prefix.clone(),
            language,
            seed: self.seed,
            ..DemoOptions::default()
        };
        let Some(broker) = &self.broker else { return of_the_hub(config, common) };
        let login = match &self.user {
            Some(user) => Some((user.clone(), self.secret()?)),
            None => None,
        };
        Ok(DemoOptions {
            host: broker.host().to_owned(),
            port: broker.port(),
            login,
            tls: self.tls,
            ca_file: self.ca_file,
            ..common
        })
    }

    fn secret(&self) -> Result<String, Failure> {
        match (&self.password, &self.password_file) {
            (Some(password), _) => Ok(password.clone()),
            (None, Some(file)) => {
                let text = std::fs::read_to_string(file);
                let text = text.map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
                Ok(text.trim_end_matches(['\r', '\n']).to_owned())
            }
            (None, None) => Err(Failure::usage("--user needs --password-file, or HOMECLAW_DEMO_PASSWORD")),
        }
    }
}

/// For the broker that this machine's hub uses.
fn of_the_hub(config: &Config, common: DemoOptions) -> Result<DemoOptions, Failure> {
    if let Some((host, broker)) = config.mqtt.external() {
        let password = broker.password.as_ref().map(Secret::reveal).unwrap_or_default();
        return Ok(DemoOptions {
            host: host.as_str().to_owned(),
            port: broker.port(),
            login: broker.user.clone().map(|user| (user, password.to_owned())),
            tls: broker.tls.enabled,
            ca_file: broker.tls.ca_file.clone(),
            ..common
        });
    }
    let embedded = &config.mqtt.embedded;
    let listen = embedded.listen();
    let password = match &embedded.password {
        Some(password) => password.reveal().to_owned(),
        None => generated(config)?,
    };
    Ok(DemoOptions {
        host: listen.reachable_host().to_owned(),
        port: listen.port(),
        login: Some((embedded.user.clone(), password)),
        tls: embedded.tls.files().is_some(),
        ca_file: embedded.tls.certificate.clone(),
        ..common
    })
}

/// The password that the hub made up.
fn generated(config: &Config) -> Result<String, Failure> {
    let path = config.storage.path.join(crate::app::MQTT_PASSWORD);
    let text = std::fs::read_to_string(&path);
    text.map(|text| text.trim().to_owned()).map_err(|error| {
        let advice = "start the hub first, as the same user; or name a --broker";
        Failure::Because(Code::Unreachable, format!("{}: {error}; {advice}", path.display()))
    })
}
