//! `homeclaw say`.

use std::io::Write;

use serde_json::json;

use crate::model::{Reply, ReplyKind};

use super::client::Client;
use super::exit::{Code, Failure};
use super::output::Output;

/// Say something to the hub.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  homeclaw say \"turn on the kitchen light\"
  homeclaw say --language zh-CN 打开客厅的灯
  homeclaw say --area bedroom \"turn off the light\"
  homeclaw say --why \"is the front door locked?\"

The exit code is 7 when the sentence was not understood, 8 when a device did not confirm.")]
pub(super) struct Say {
    /// The sentence; several words need no quotes
    #[arg(required = true, value_name = "SENTENCE")]
    words: Vec<String>,
    /// Language of the sentence and of the answer [default: the hub's]
    #[arg(long, short, value_name = "TAG")]
    language: Option<String>,
    /// Area in which it is said, so that "the light" finds its light
    #[arg(long, short, value_name = "AREA")]
    area: Option<String>,
    /// Also show why the hub decided as it did
    #[arg(long)]
    why: bool,
}

impl Say {
    pub(super) fn run(&self, client: &Client, output: &mut Output<impl Write>) -> Result<(), Failure> {
        let body = json!({ "text": self.words.join(" "), "language": self.language, "area": self.area });
        let reply: Reply = client.post("/api/v1/conversation", &body)?;
        if output.json() {
            output.value(&reply)?;
        } else {
            output.line(&reply.text)?;
            for suggestion in &reply.suggestions {
                output.line(&format!("  {suggestion}"))?;
            }
            if self.why {
                for step in &reply.trace.steps {
                    output.line(
                        &serde_json::to_string(step).map_err(|error| Failure::new(error.to_string()))?,
                    )?;
                }
            }
        }
        match reply.kind {
            ReplyKind::ActionDone | ReplyKind::QueryAnswer => Ok(()),
            ReplyKind::NoMatch | ReplyKind::Question => Err(Failure::Said(Code::NotUnderstood)),
            ReplyKind::Partial => Err(Failure::Said(Code::Unconfirmed)),
            ReplyKind::Error => Err(Failure::Said(Code::Failed)),
        }
    }
}
