//! `homeclaw understand`: what sentences mean in a home that is written down in a file.

use std::fs;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::home_file::{HomeFile, HomeFileError};
use crate::intent::{self, Language, LanguageError, MAX_CHARS, Matcher, NoMatch, Preview, TimerFacts, texts};
use crate::model::{Recognition, SlotValue, Timestamp};
use crate::runtime::clock;

/// Longest input line that is read, in bytes.
const MAX_LINE: usize = 64 * 1024;

const EXAMPLES: &str = "\
Reads one JSON object a line, {\"text\": \"turn on the lamp\", \"area\": \"Kitchen\"}, where area is where the \
speaker is (id or name) and may be left out; writes one a line with text, intent, slots, response and micros. \
intent is null where nothing matched. A line that cannot be read gives a message on standard error with its \
number, and the rest goes on; the exit code is 1 then.

Example:
  echo '{\"text\": \"打开客厅的灯\"}' | homeclaw understand --home home.yaml --language zh-CN";

/// What `homeclaw understand` can be told.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// File with the areas, floors and entities of the home (the test files of home-assistant-intents fit)
    #[arg(long, value_name = "HOME.yaml")]
    home: PathBuf,
    /// Language of the sentences, for example en, zh-CN or de
    #[arg(long, value_name = "TAG", default_value = "en")]
    language: String,
    /// Date and time for answers about them, as 2026-11-21T08:00; the real ones if left out
    #[arg(long, value_name = "TIME")]
    now: Option<DateTime>,
}

/// Why sentences cannot be tried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum UnderstandError {
    /// The home file cannot be opened.
    #[error("cannot read {path}: {source}", path = path.display())]
    Home {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What the home file says is wrong.
    #[error("{path}: {source}", path = path.display())]
    HomeFile {
        /// Which.
        path: PathBuf,
        /// What.
        source: HomeFileError,
    },
    /// The language cannot be used.
    #[error("{0}; there are {all}", all = Language::available().join(" "))]
    Language(#[from] LanguageError),
    /// Reading the sentences or writing what they mean failed.
    #[error("standard input or output: {0}")]
    Stream(#[from] io::Error),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    text: String,
    #[serde(default)]
    area: Option<String>,
}

#[derive(Serialize)]
struct Answer<'a> {
    text: &'a str,
    intent: Option<String>,
    slots: Map<String, Value>,
    response: String,
    micros: u64,
}

/// Reads sentences until the end of `input`; gives the number of lines that could not be read.
pub(crate) fn run(
    args: &Args,
    mut input: impl BufRead,
    mut output: impl Write,
    mut errors: impl Write,
) -> Result<usize, UnderstandError> {
    let path = || args.home.clone();
    let text =
        fs::read_to_string(&args.home).map_err(|source| UnderstandError::Home { path: path(), source })?;
    let instant = clock::now();
    let home = HomeFile::parse(&text, instant)
        .map_err(|source| UnderstandError::HomeFile { path: path(), source })?;
    let now = args.now.unwrap_or_else(|| civil(instant));
    let trial = Trial::new(&home, Language::load(&args.language)?, instant, now);
    let mut line = Vec::new();
    let (mut number, mut refused) = (0_usize, 0_usize);
    while let Some(complete) = next_line(&mut input, &mut line)? {
        number += 1;
        if complete && line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let question = match (complete, serde_json::from_slice::<Question>(&line)) {
            (true, Ok(question)) => question,
            (true, Err(error)) => {
                refused += 1;
                writeln!(errors, "line {number}: {error}; wanted is {{\"text\": …, \"area\": …}}")?;
                continue;
            }
            (false, _) => {
                refused += 1;
                writeln!(errors, "line {number}: longer than {MAX_LINE} bytes")?;
                continue;
            }
        };
        let (answer, note) = trial.answer(&question);
        if let Some(note) = note {
            writeln!(errors, "line {number}: {note}")?;
        }
        serde_json::to_writer(&mut output, &answer).map_err(io::Error::from)?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(refused)
}

/// The next line without its end; `false` where it is too long and only its beginning was kept.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    let mut complete = true;
    loop {
        let available = input.fill_buf()?;
        if available.is_empty() {
            return Ok((!line.is_empty() || !complete).then_some(complete));
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let part = available.get(..end.unwrap_or(available.len())).unwrap_or_default();
        if line.len() + part.len() > MAX_LINE {
            complete = false;
        } else {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            return Ok(Some(complete));
        }
    }
}

fn civil(now: Timestamp) -> DateTime {
    let time = jiff::Timestamp::from_millisecond(now.as_millis()).unwrap_or_default();
    time.to_zoned(jiff::tz::TimeZone::system()).datetime()
}

/// A home and a language that sentences are tried with.
struct Trial<'a> {
    home: &'a HomeFile,
    matcher: Matcher,
    timers: Vec<TimerFacts>,
    now: DateTime,
}

impl<'a> Trial<'a> {
    fn new(
        home: &'a HomeFile,
        language: std::sync::Arc<Language>,
        instant: Timestamp,
        now: DateTime,
    ) -> Self {
        let view = home.view();
        let area_name = |timer: &crate::model::Timer| {
            let area = timer.area.as_ref().and_then(|area| view.areas.get(area));
            area.map_or_else(String::new, |area| area.names.name.clone())
        };
        let timers = home.timers.iter().map(|timer| TimerFacts {
            name: timer.name.clone().unwrap_or_default(),
            area: area_name(timer),
            is_active: matches!(timer.state, crate::model::TimerState::Running { .. }),
            set: Duration::from_millis(timer.duration_ms),
            left: timer.left(instant),
        });
        Self { home, timers: timers.collect(), matcher: Matcher::new(language, &view), now }
    }

    /// What a sentence means, and what is noteworthy besides.
    fn answer<'q>(&self, question: &'q Question) -> (Answer<'q>, Option<String>) {
        let asked = question.area.as_deref().or(self.home.context_area.as_deref());
        let known = asked.and_then(|area| self.home.area(area));
        let note = match (asked, known) {
            (Some(area), None) => Some(format!("the home has no area {area:?}; it is taken for its name")),
            _ => None,
        };
        let started = Instant::now();
        let result = match known {
            Some(id) => self.matcher.recognize(&question.text, Some(id)),
            None => self.matcher.recognize_near(&question.text, asked),
        };
        let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let (intent, slots, response) = match &result {
            Ok(found) => (Some(found.intent.name.clone()), self.slots(found), self.reply(found)),
            Err(error) => (None, Map::new(), self.refusal(error)),
        };
        (Answer { text: &question.text, intent, slots, response, micros }, note)
    }

    fn slots(&self, found: &Recognition) -> Map<String, Value> {
        let value = |name: &str, value: &SlotValue| match value {
            SlotValue::Text(said) => Value::from(self.home.written(name, said)),
            SlotValue::Int(number) => Value::from(*number),
            SlotValue::Float(number) => Value::from(*number),
            SlotValue::Many(many) => Value::from(many.clone()),
        };
        found.intent.slots.iter().map(|(name, slot)| (name.clone(), value(name, slot))).collect()
    }

    fn reply(&self, found: &Recognition) -> String {
        let media = self.home.media.first().map(String::as_str);
        let given = Preview { now: self.now, timers: &self.timers, media, wordings: &self.home.wordings };
        let facts = intent::preview(&self.home.view(), found, given);
        intent::render(self.matcher.language(), found, &facts)
    }

    fn refusal(&self, error: &NoMatch) -> String {
        let language = self.matcher.language();
        if error.too_long {
            return texts::too_long(language.tag(), MAX_CHARS);
        }
        texts::not_understood(language.tag(), language.error("no_intent").unwrap_or_default(), &error.nearest)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const HOME: &str =
        "areas: [{name: Kitchen}, {name: 客厅}]\nentities:\n  - {name: Lamp, domain: light, area: Kitchen}\n";

    fn ask(language: &str, input: &str) -> (Vec<Value>, String, usize) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(HOME.as_bytes()).unwrap();
        let args = Args { home: file.path().into(), language: language.into(), now: None };
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let refused = run(&args, input.as_bytes(), &mut output, &mut errors).unwrap();
        let lines = output.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let answers = lines.map(|line| serde_json::from_slice(line).unwrap()).collect();
        (answers, String::from_utf8(errors).unwrap(), refused)
    }

    #[test]
    fn each_sentence_gives_one_line_with_exactly_five_keys() {
        let (answers, errors, refused) =
            ask("en", "{\"text\": \"Turn on the lamp!\"}\n\n{\"text\": \"blah\"}");
        assert_eq!((errors.as_str(), refused, answers.len()), ("", 0, 2));
        let keys: Vec<_> = answers[0].as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, ["text", "intent", "slots", "response", "micros"]);
        assert_eq!(answers[0]["intent"], "HassTurnOn");
        assert_eq!(answers[0]["slots"], serde_json::json!({"name": "Lamp"}));
        assert_eq!(answers[0]["response"], "Turned on the light");
        assert_eq!(answers[1]["intent"], Value::Null);
        assert_ne!(answers[1]["response"], "");
    }

    #[test]
    fn the_speakers_area_may_be_an_id_or_a_name() {
        let input = "{\"text\": \"turn on the lights\", \"area\": \"kitchen\"}\n{\"text\": \"turn on the lights\", \"area\": \"Attic\"}\n{\"text\": \"turn on the lights\"}\n";
        let (answers, errors, _) = ask("en", input);
        assert_eq!(answers[0]["slots"], serde_json::json!({"domain": "light", "area": "Kitchen"}));
        assert_eq!(answers[1]["slots"]["area"], "Attic");
        assert!(errors.contains("line 2: the home has no area \"Attic\""));
        assert_eq!(answers[2]["slots"], serde_json::json!({"domain": "light"}));
        assert_eq!(ask("zh-CN", "{\"text\": \"打开客厅的灯\"}").0[0]["slots"]["area"], "客厅");
    }

    #[test]
    fn a_bad_line_is_named_and_the_rest_goes_on() {
        let long = "x".repeat(MAX_LINE + 1);
        let input = format!(
            "nonsense\n{{\"text\": \"{long}\"}}\n{{\"text\": 5}}\n{{\"text\": \"turn on the lamp\"}}\n"
        );
        let (answers, errors, refused) = ask("en", &input);
        assert_eq!((answers.len(), refused), (1, 3));
        for line in ["line 1: ", "line 2: longer than", "line 3: "] {
            assert!(errors.contains(line), "{errors}");
        }
    }

    #[test]
    fn an_overlong_sentence_is_refused_with_words() {
        let (answers, ..) = ask("en", &format!("{{\"text\": \"{}\"}}", "turn on ".repeat(200)));
        assert_eq!(answers[0]["intent"], Value::Null);
        assert!(answers[0]["response"].as_str().unwrap().contains("400"), "{}", answers[0]["response"]);
    }

    #[test]
    fn a_missing_file_or_language_says_which() {
        let args = Args { home: "/nowhere.yaml".into(), language: "en".into(), now: None };
        let error = run(&args, &b""[..], io::sink(), io::sink()).unwrap_err();
        assert!(error.to_string().contains("/nowhere.yaml"));
        let file = tempfile::NamedTempFile::new().unwrap();
        let args = Args { home: file.path().into(), language: "tlh".into(), now: None };
        assert!(run(&args, &b""[..], io::sink(), io::sink()).unwrap_err().to_string().contains("zh-CN"));
    }
}
