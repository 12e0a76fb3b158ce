//! `homeclaw timers`.

use std::io::Write;
use std::time::Duration;

use serde_json::{Value, json};

use crate::model::{Timer, TimerId, TimerState};
use crate::runtime::clock;

use super::client::Client;
use super::duration;
use super::exit::Failure;
use super::output::Output;

/// Show and set timers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  homeclaw timers
  homeclaw timers start 10m --name pizza
  homeclaw timers pause ID
  homeclaw timers add ID 5m
  homeclaw timers cancel ID")]
pub(super) struct Timers {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Show all timers (as without a word)
    List,
    /// Set a timer
    Start {
        /// How long: 90s, 5m, "1h 30m", or the number of minutes
        #[arg(value_parser = duration::parse)]
        length: Duration,
        /// What it is called
        #[arg(long, short)]
        name: Option<String>,
        /// Area in which it rings
        #[arg(long, short)]
        area: Option<String>,
    },
    /// Stop its clock
    Pause {
        /// The timer
        id: TimerId,
    },
    /// Let it go on
    Resume {
        /// The timer
        id: TimerId,
    },
    /// Make it longer
    Add {
        /// The timer
        id: TimerId,
        /// By how much
        #[arg(value_parser = duration::parse)]
        length: Duration,
    },
    /// Make it shorter
    Subtract {
        /// The timer
        id: TimerId,
        /// By how much
        #[arg(value_parser = duration::parse)]
        length: Duration,
    },
    /// Take it away
    Cancel {
        /// The timer
        id: TimerId,
    },
}

fn millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

impl Timers {
    pub(super) fn run(&self, client: &Client, output: &mut Output<impl Write>) -> Result<(), Failure> {
        const TIMERS: &str = "/api/v1/timers";
        let step =
            |id: &TimerId, what: &str, body: Value| client.post(&format!("{TIMERS}/{id}/{what}"), &body);
        let timer: Timer = match self.what.as_ref().unwrap_or(&What::List) {
            What::List => {
                let timers: Vec<Timer> = client.get(TIMERS)?;
                return show(&timers, output);
            }
            What::Cancel { id } => {
                let gone = client.delete(&format!("{TIMERS}/{id}"))?;
                return if output.json() { Ok(output.value(&gone)?) } else { Ok(output.line("cancelled")?) };
            }
            What::Start { length, name, area } => {
                let body = json!({ "duration_ms": millis(*length), "name": name, "area": area });
                client.post(TIMERS, &body)?
            }
            What::Pause { id } => step(id, "pause", json!({}))?,
            What::Resume { id } => step(id, "resume", json!({}))?,
            What::Add { id, length } => step(id, "increase", json!({ "by_ms": millis(*length) }))?,
            What::Subtract { id, length } => step(id, "decrease", json!({ "by_ms": millis(*length) }))?,
        };
        if output.json() { Ok(output.value(&timer)?) } else { show(&[timer], output) }
    }
}

fn show(timers: &[Timer], output: &mut Output<impl Write>) -> Result<(), Failure> {
    if output.json() {
        return Ok(output.value(&timers)?);
    }
    if timers.is_empty() {
        return Ok(output.line("No timers.")?);
    }
    let now = clock::now();
    let rows: Vec<Vec<String>> = timers
        .iter()
        .map(|timer| {
            let state = match timer.state {
                TimerState::Running { .. } => "running",
                TimerState::Paused { .. } => "paused",
                TimerState::Finished { .. } => "finished",
            };
            vec![
                timer.id.to_string(),
                timer.name.clone().unwrap_or_default(),
                duration::show(millis(timer.left(now))),
                duration::show(timer.duration_ms),
                state.to_owned(),
            ]
        })
        .collect();
    Ok(output.table(&["TIMER", "NAME", "LEFT", "OF", "STATE"], &rows)?)
}
