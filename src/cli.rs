//! The subcommands.

mod actions;
mod check;
mod client;
mod completions;
mod context;
mod demo;
mod doctor;
mod duration;
mod exit;
mod home;
pub mod home_file;
mod lists;
mod output;
mod say;
mod serve;
mod timers;
mod understand;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use context::Context;
use exit::Failure;
use output::Output;

/// A private home hub and assistant: it finds MQTT devices, understands sentences, and switches the right one.
#[derive(Debug, Parser)]
#[command(name = "homeclaw", version, about, after_help = exit::HELP, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every subcommand.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Everywhere")]
struct Global {
    /// Configuration file [default: /etc/homeclaw/config.yml, if it is there]
    #[arg(long, global = true, value_name = "FILE", env = "HOMECLAW_CONFIG")]
    config: Option<PathBuf>,
    /// Folder for everything that the hub keeps, over `storage.path` of the configuration
    #[arg(long, global = true, value_name = "FOLDER")]
    state_dir: Option<PathBuf>,
    /// Address of the running hub [default: this machine, at the port of `web.listen`]
    #[arg(long, global = true, hide_short_help = true, value_name = "URL", env = "HOMECLAW_URL")]
    url: Option<String>,
    /// Token for the hub [default: the one that the hub keeps for this machine's users]
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "TOKEN",
        env = "HOMECLAW_TOKEN",
        hide_env_values = true
    )]
    token: Option<String>,
    /// File that holds the token
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "FILE",
        env = "HOMECLAW_TOKEN_FILE",
        conflicts_with = "token"
    )]
    token_file: Option<PathBuf>,
    /// File with the certificates to trust at an https:// address [default: those of this machine]
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE", env = "HOMECLAW_CA_FILE")]
    ca_file: Option<PathBuf>,
    /// JSON instead of text for people
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the hub
    Run(serve::Run),
    /// Simulate a home of some 25 devices at any broker
    Demo(demo::Demo),
    /// Say something to the hub and print its answer
    Say(say::Say),
    /// Show devices and their entities
    Devices(home::Devices),
    /// Show states, or everything about one entity
    State(home::State),
    /// Show areas and what is in them
    #[command(after_help = "Examples:\n  homeclaw areas\n  homeclaw areas --json")]
    Areas,
    /// Switch or set an entity
    Set(home::Set),
    /// Show and set timers
    Timers(timers::Timers),
    /// Show and change shopping and to-do lists
    Lists(lists::Lists),
    /// Find out what sentences mean, without a hub
    Understand(understand::Args),
    /// Find out what is wrong, and what to do about it
    #[command(after_help = "\
Looks at configuration, folder, ports, broker, memory and clock, and asks the running hub how its parts are. Run it as \
the hub's user. The exit code is 1 when a line says FAIL.

Examples:
  homeclaw doctor
  sudo -u homeclaw homeclaw doctor")]
    Doctor,
    /// Check the configuration and tell every mistake at once
    #[command(after_help = "\
The exit code is 3 when there are mistakes.

Examples:
  homeclaw check-config
  homeclaw check-config --config ./config.yml --json")]
    CheckConfig,
    /// Everything about the configuration
    Config(check::Config),
    /// Print a fresh one-time link to the panel
    #[command(after_help = "\
For the first login, and when the password is forgotten: within 15 minutes after a login by link a new password may \
be set without the old one. The link before it is good no longer.

Example:
  sudo -u homeclaw homeclaw login-link")]
    LoginLink,
    /// Whether the hub is ready, for containers and scripts
    #[command(after_help = "\
The exit code is 0 when it is ready, 1 when it is not yet, 4 when nothing answers.

Example:
  homeclaw healthcheck && echo ready")]
    Healthcheck,
    /// Print a script that completes commands in a shell
    Completions(completions::Completions),
    /// Print the version
    Version,
}

/// Reads the command line, carries it out, and says how it went by the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too, and go to standard output.
            let _ = error.print();
            return if error.use_stderr() { exit::Code::Usage.into() } else { ExitCode::SUCCESS };
        }
    };
    let stdout = std::io::stdout();
    let mut output = Output::new(stdout.lock(), cli.global.json);
    let result = run(cli, &mut output).and_then(|()| Ok(output.flush()?));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads the output had enough of it.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            let text = if output.json() { failure.json() } else { failure.text() };
            if !text.is_empty() {
                // There is nowhere left to complain.
                let _ = writeln!(std::io::stderr(), "{text}");
            }
            failure.code().into()
        }
    }
}

fn run(cli: Cli, output: &mut Output<impl Write>) -> Result<(), Failure> {
    let context = Context::new(cli.global);
    match cli.command {
        Command::Run(run) => run.run(&context, output),
        Command::Demo(demo) => demo.run(&context),
        Command::Say(say) => say.run(&context.client()?, output),
        Command::Devices(devices) => devices.run(&context.client()?, output),
        Command::State(state) => state.run(&context.client()?, output),
        Command::Areas => home::areas(&context.client()?, output),
        Command::Set(set) => set.run(&context.client()?, output),
        Command::Timers(timers) => timers.run(&context.client()?, output),
        Command::Lists(lists) => lists.run(&context.client()?, output),
        Command::Understand(args) => {
            let stdin = std::io::stdin();
            match understand::run(&args, stdin.lock(), output.writer(), std::io::stderr()) {
                Ok(0) => Ok(()),
                // Each was named already.
                Ok(_) => Err(Failure::Said(exit::Code::Failed)),
                Err(understand::UnderstandError::Stream(error)) => Err(Failure::Output(error)),
                Err(error) => Err(Failure::new(error.to_string())),
            }
        }
        Command::Doctor => doctor::run(&context, output),
        Command::CheckConfig => check::check(&context, output),
        Command::Config(config) => config.run(output),
        Command::LoginLink => home::login_link(&context.client()?, output),
        Command::Healthcheck => home::healthcheck(&context.client()?, output),
        Command::Completions(completions) => completions.run(output),
        Command::Version => home::version(output),
    }
}
