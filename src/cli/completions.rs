//! `homeclaw completions`.

use std::io::Write;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Cli;
use super::exit::Failure;
use super::output::Output;

/// A script for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  homeclaw completions bash > /etc/bash_completion.d/homeclaw
  homeclaw completions zsh > ~/.zfunc/_homeclaw
  homeclaw completions fish > ~/.config/fish/completions/homeclaw.fish")]
pub(super) struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, output: &mut Output<impl Write>) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "homeclaw", &mut script);
        if output.json() {
            let script = String::from_utf8_lossy(&script);
            return Ok(output.value(&serde_json::json!({ "script": script }))?);
        }
        Ok(output.writer().write_all(&script)?)
    }
}
