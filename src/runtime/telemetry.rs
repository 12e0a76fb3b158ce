//! Logging: to standard error as text or JSON, and into [`Logs`] for the panel. The level can change while
//! the hub runs.

use std::io::IsTerminal as _;
use std::sync::Arc;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

use crate::config::{LogFormat, LogLevel};

use super::logs::Logs;

/// Logging cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// `RUST_LOG` is no filter.
    #[error("RUST_LOG={filter:?} is no log filter: {reason}; write for example homeclaw=debug,warn")]
    Filter {
        /// Its value.
        filter: String,
        /// Why.
        reason: String,
    },
    /// Somebody set up logging before.
    #[error("logging runs already")]
    Twice,
}

/// The running log. All clones are one.
#[derive(Clone, Default)]
pub struct Telemetry {
    logs: Logs,
    level: Option<Arc<reload::Handle<EnvFilter, Registry>>>,
}

impl std::fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Telemetry").finish_non_exhaustive()
    }
}

/// What is logged at a level: the hub's own lines, and of the libraries one level less.
fn directives(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Error => "error",
        LogLevel::Warn => "error,homeclaw=warn",
        LogLevel::Info => "warn,homeclaw=info",
        LogLevel::Debug => "info,homeclaw=debug",
        LogLevel::Trace => "debug,homeclaw=trace",
    }
}

/// Starts logging for the whole process. `rust_log` stands over the level for as long as the process runs.
///
/// # Errors
/// [`TelemetryError`] when `rust_log` is no filter, or when logging was started before.
pub fn init(level: LogLevel, format: LogFormat, rust_log: Option<&str>) -> Result<Telemetry, TelemetryError> {
    let logs = Logs::default();
    let rust_log = rust_log.filter(|filter| !filter.is_empty());
    let text = rust_log.unwrap_or_else(|| directives(level));
    let filter = EnvFilter::try_new(text)
        .map_err(|error| TelemetryError::Filter { filter: text.to_owned(), reason: error.to_string() })?;
    let (filter, handle) = reload::Layer::new(filter);
    let writer = std::io::stderr;
    let lines: Box<dyn Layer<_> + Send + Sync> = match format {
        LogFormat::Text => {
            // Which module wrote a line helps only those who look at its code.
            let for_developers = rust_log.is_some() || matches!(level, LogLevel::Debug | LogLevel::Trace);
            let ansi = std::io::stderr().is_terminal();
            Box::new(fmt::layer().with_writer(writer).with_ansi(ansi).with_target(for_developers))
        }
        LogFormat::Json => Box::new(fmt::layer().json().flatten_event(true).with_writer(writer)),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .with(logs.clone())
        .try_init()
        .map_err(|_| TelemetryError::Twice)?;
    Ok(Telemetry { logs, level: rust_log.is_none().then(|| Arc::new(handle)) })
}

impl Telemetry {
    /// The newest lines.
    #[must_use]
    pub const fn logs(&self) -> &Logs {
        &self.logs
    }

    /// Another level from now on. Without effect when `RUST_LOG` is set.
    pub fn set_level(&self, level: LogLevel) {
        let Some(handle) = &self.level else { return };
        if let Err(error) = handle.reload(EnvFilter::new(directives(level))) {
            tracing::warn!(%error, "the log level stays as it was");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_is_a_filter() {
        for level in [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace] {
            assert!(EnvFilter::try_new(directives(level)).is_ok());
        }
    }

    #[test]
    fn a_bad_filter_is_refused_with_its_text() {
        let error = init(LogLevel::Info, LogFormat::Text, Some("homeclaw=loud")).unwrap_err();
        assert!(error.to_string().contains("homeclaw=loud"), "{error}");
    }
}
