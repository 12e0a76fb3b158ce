//! `homeclaw check-config` and `homeclaw config`.

use std::io::Write;

use serde_json::json;

use crate::config::{self, Reload};

use super::context::Context;
use super::exit::Failure;
use super::output::Output;

/// Reads the configuration as `homeclaw run` would, and tells every mistake.
pub(super) fn check(context: &Context, output: &mut Output<impl Write>) -> Result<(), Failure> {
    let loaded = context.load()?;
    if output.json() {
        return Ok(output.value(&json!({ "file": loaded.file, "mistakes": [] }))?);
    }
    match loaded.file {
        Some(file) => Ok(output.line(&format!("{}: no mistakes", file.display()))?),
        None => Ok(output.line(&format!("{}: no such file; the defaults run", config::DEFAULT_PATH))?),
    }
}

/// Everything about the configuration.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  homeclaw config schema
  homeclaw config schema --markdown
  homeclaw config example > /etc/homeclaw/config.yml")]
pub(super) struct Config {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Every setting with its default and what is allowed
    Schema {
        /// As the table in docs/configuration.md
        #[arg(long)]
        markdown: bool,
    },
    /// A file with every setting at its default, to start from
    Example,
}

impl Config {
    pub(super) fn run(&self, output: &mut Output<impl Write>) -> Result<(), Failure> {
        match self.what {
            What::Schema { .. } if output.json() => output.value(&config::keys())?,
            What::Schema { markdown: true } => {
                for line in config::markdown().lines() {
                    output.line(line)?;
                }
            }
            What::Schema { markdown: false } => {
                let row = |key: config::Key| {
                    let when = match key.reload {
                        Reload::Live => "live",
                        Reload::Restart => "restart",
                    };
                    vec![key.path, key.default.to_owned(), when.to_owned(), key.allowed]
                };
                let rows: Vec<_> = config::keys().into_iter().map(row).collect();
                output.table(&["SETTING", "DEFAULT", "CHANGES", "ALLOWED"], &rows)?;
            }
            What::Example => {
                for line in config::example().lines() {
                    output.line(line)?;
                }
            }
        }
        Ok(())
    }
}
