//! How a command ended: exit codes and the words for them.

use std::process::ExitCode;

use serde_json::json;

use crate::config::Mistake;

/// Shown at the end of `homeclaw --help`; docs/cli.md says the same at more length.
pub(super) const HELP: &str = "\
Exit codes:
  0  done
  1  it went wrong; the message says why
  2  the command line is wrong
  3  the configuration has mistakes
  4  the hub does not answer
  5  the hub does not accept the token
  6  there is no such entity, timer or list
  7  the sentence was not understood
  8  the device did not confirm, or refused

Examples:
  homeclaw run
  homeclaw say \"turn off the kitchen light\"
  homeclaw set light.kitchen on brightness=50%
  homeclaw devices --json";

/// What the process ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Code {
    /// It went wrong.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The configuration has mistakes.
    Configuration = 3,
    /// The hub does not answer.
    Unreachable = 4,
    /// The hub does not accept the token.
    Denied = 5,
    /// There is no such thing.
    NotFound = 6,
    /// The sentence was not understood.
    NotUnderstood = 7,
    /// The device did not confirm, or refused.
    Unconfirmed = 8,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// With a code and the words for it.
    Because(Code, String),
    /// Everything was said already, on standard output.
    Said(Code),
    /// The configuration has mistakes.
    Mistakes(Vec<Mistake>),
    /// The output cannot be written.
    Output(std::io::Error),
}

impl Failure {
    /// Something went wrong.
    pub(super) fn new(words: impl Into<String>) -> Self {
        Self::Because(Code::Failed, words.into())
    }

    /// The command line is wrong.
    pub(super) fn usage(words: impl Into<String>) -> Self {
        Self::Because(Code::Usage, words.into())
    }

    /// What the process ends with.
    pub(super) const fn code(&self) -> Code {
        match self {
            Self::Because(code, _) | Self::Said(code) => *code,
            Self::Mistakes(_) => Code::Configuration,
            Self::Output(_) => Code::Failed,
        }
    }

    /// For people; empty when everything was said.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Because(_, words) => format!("homeclaw: {words}"),
            Self::Said(_) => String::new(),
            Self::Mistakes(mistakes) => {
                let lines: Vec<_> = mistakes.iter().map(Mistake::to_string).collect();
                lines.join("\n")
            }
            Self::Output(error) => format!("homeclaw: the output cannot be written: {error}"),
        }
    }

    /// For programs; empty when everything was said.
    pub(super) fn json(&self) -> String {
        let words = match self {
            Self::Said(_) => return String::new(),
            Self::Mistakes(mistakes) => return json!({ "mistakes": mistakes }).to_string(),
            Self::Because(_, words) => words.clone(),
            Self::Output(error) => error.to_string(),
        };
        json!({ "error": { "code": self.code() as u8, "message": words } }).to_string()
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}
