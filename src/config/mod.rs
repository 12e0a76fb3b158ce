//! The configuration: its schema, reading it with every mistake at once, secrets, and watching it for changes.
//!
//! [`schema`](Config) is the only place where settings are described. From it come the typed struct, the
//! reader, the defaults, the documentation ([`keys`]) and the comparison of two configurations.

mod document;
mod field;
mod language;
mod load;
mod mistake;
mod models;
mod place;
mod reserved;
mod schema;
mod secret;
mod values;
mod watch;
mod yaml;

pub use document::{example, markdown};
pub use field::{Difference, Differences, Key, Reload};
pub use language::{LanguageTag, LanguageTags};
pub use load::{DEFAULT_PATH, Loaded, Source};
pub use mistake::{Mistake, Origin, nearest};
pub use models::{ContextTokens, KvCache, LoadModel, MemorySize, ModelName, Repack, Threads};
pub use place::{Country, Degrees, Zone};
pub use reserved::Reserved;
pub use schema::{
    Broker, ClientTls, Config, Embedded, Home, Log, Models, Mqtt, ServerTls, Storage, Web, WebTls,
};
pub use secret::Secret;
pub use values::{
    BadListen, BaseUrl, Connections, Days, Host, Listen, LogFormat, LogLevel, PayloadBytes, Port, Span,
    TemperatureUnit, TopicPrefix,
};
pub use watch::{Reloaded, Watcher};

use field::Field as _;

/// Every setting, described for people, in the schema's order.
#[must_use]
pub fn keys() -> Vec<Key> {
    let mut keys = Vec::new();
    let shape = field::Shape { default: "", reload: Reload::Restart, description: String::new() };
    Config::describe("", &shape, &mut keys);
    keys
}

impl Config {
    /// Takes over from `new` what can change while the hub runs, and tells what is different.
    pub fn adopt(&mut self, new: &Self) -> Differences {
        let mut differences = Differences::default();
        field::Field::adopt(self, new, "", Reload::Restart, &mut differences);
        differences
    }
}

impl Default for Config {
    fn default() -> Self {
        let nothing = Source {
            path: DEFAULT_PATH.into(),
            named: false,
            variables: std::collections::BTreeMap::new(),
            languages: Vec::new(),
            state: None,
        };
        match nothing.parse("") {
            Ok(config) => config,
            #[allow(clippy::unreachable, reason = "a test reads the defaults")]
            Err(mistakes) => unreachable!("the defaults are not allowed: {mistakes:?}"),
        }
    }
}
