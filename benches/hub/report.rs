//! Figures in one shape: a name, and what was measured.

use std::error::Error;
use std::io::Write as _;
use std::time::Duration;

use hdrhistogram::Histogram;

pub(crate) type Res<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Prints one line at once, so that a long run can be watched.
pub(crate) fn say(line: &str) -> Res<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// What the figures were made on; without it they mean nothing.
pub(crate) fn machine() -> Res<()> {
    let cpu = std::fs::read_to_string("/proc/cpuinfo")?;
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name\t: ")).unwrap_or("unknown").to_owned();
    let cores = cpu.lines().filter(|line| line.starts_with("processor")).count();
    let load = std::fs::read_to_string("/proc/loadavg")?;
    let load = load.split_whitespace().next().unwrap_or("?");
    say(&format!("machine: {cores} x {model}, load {load} at the start"))
}

/// Ten minutes: nothing here takes longer.
const LONGEST_MICROS: u64 = 600_000_000;

/// Latencies in microseconds.
pub(crate) struct Latencies(Histogram<u64>);

impl Latencies {
    pub(crate) fn new() -> Res<Self> {
        // An auto-resizing histogram does not grow for values that are recorded saturating.
        Ok(Self(Histogram::new_with_bounds(1, LONGEST_MICROS, 3)?))
    }

    pub(crate) fn add(&mut self, took: Duration) {
        self.0.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    pub(crate) fn len(&self) -> u64 {
        self.0.len()
    }

    pub(crate) fn say(&self, name: &str) -> Res<()> {
        let at = |quantile: f64| millis(self.0.value_at_quantile(quantile));
        say(&format!(
            "{name}: n {}, median {} ms, 95 % {} ms, 99 % {} ms, worst {} ms",
            self.0.len(),
            at(0.5),
            at(0.95),
            at(0.99),
            millis(self.0.max()),
        ))
    }
}

fn millis(micros: u64) -> String {
    format!("{}.{:02}", micros / 1000, micros % 1000 / 10)
}
