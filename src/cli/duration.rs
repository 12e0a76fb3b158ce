//! Lengths of time on the command line.

use std::time::Duration;

/// Understands `90s`, `5m`, `1h 30m`, `2 hours`; a bare number is minutes.
///
/// # Errors
/// What may be written.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let wrong =
        || format!("{text:?} is no length of time: write 90s, 5m, \"1h 30m\" or the number of minutes");
    if let Ok(minutes) = text.trim().parse::<u64>() {
        return minutes.checked_mul(60).map(Duration::from_secs).ok_or_else(wrong);
    }
    let span: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(span).map_err(|_| wrong())
}

/// `1:05:09`, `5:09`, `0:42`.
pub(super) fn show(millis: u64) -> String {
    // A running second counts until it is over.
    let seconds = millis.div_ceil(1_000);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_time_in_many_ways() {
        for (text, seconds) in [("90s", 90), ("5m", 300), ("1h 30m", 5_400), ("2 hours", 7_200), ("3", 180)] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "soon", "-5m", "99999999999999999999"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn time_left_is_shown_as_a_clock() {
        assert_eq!(show(3_909_000), "1:05:09");
        assert_eq!(show(41_001), "0:42");
    }
}
