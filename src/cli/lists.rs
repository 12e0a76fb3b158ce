//! `homeclaw lists`.

use std::io::Write;

use serde_json::{Value, json};

use crate::model::{ItemStatus, ListId, TodoList};

use super::client::Client;
use super::exit::Failure;
use super::output::Output;

/// Show and change shopping and to-do lists.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  homeclaw lists
  homeclaw lists add shopping oat milk
  homeclaw lists done shopping 3
  homeclaw lists clear shopping
  homeclaw lists create \"Party\"")]
pub(super) struct Lists {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Show all lists (as without a word)
    List,
    /// Make a new list
    Create {
        /// What it is called
        name: String,
    },
    /// Take a list away
    Remove {
        /// The list
        list: ListId,
    },
    /// Write something on a list
    Add {
        /// The list; the shopping list is `shopping`
        list: ListId,
        /// What to write
        #[arg(required = true)]
        words: Vec<String>,
    },
    /// Tick an item
    Done {
        /// The list
        list: ListId,
        /// Number of the item
        item: u64,
    },
    /// Take everything off that is ticked
    Clear {
        /// The list
        list: ListId,
    },
}

impl Lists {
    pub(super) fn run(&self, client: &Client, output: &mut Output<impl Write>) -> Result<(), Failure> {
        const LISTS: &str = "/api/v1/lists";
        let _: Value = match self.what.as_ref().unwrap_or(&What::List) {
            What::List => Value::Null,
            What::Create { name } => client.post(LISTS, &json!({ "name": name }))?,
            What::Remove { list } => client.delete(&format!("{LISTS}/{list}"))?,
            What::Add { list, words } => {
                client.post(&format!("{LISTS}/{list}/items"), &json!({ "summary": words.join(" ") }))?
            }
            What::Done { list, item } => {
                let body = json!({ "status": ItemStatus::Completed });
                client.patch(&format!("{LISTS}/{list}/items/{item}"), &body)?
            }
            What::Clear { list } => client.post(&format!("{LISTS}/{list}/clear"), &json!({}))?,
        };
        // Whatever was done, the lists as they are now say it best.
        let lists: Vec<TodoList> = client.get(LISTS)?;
        if output.json() {
            return Ok(output.value(&lists)?);
        }
        for list in &lists {
            output.line(&format!("{} ({})", list.name, list.id))?;
            for item in &list.items {
                let tick = if item.status == ItemStatus::Completed { 'x' } else { ' ' };
                output.line(&format!("  {:>3} [{tick}] {}", item.id, item.summary))?;
            }
        }
        Ok(())
    }
}
