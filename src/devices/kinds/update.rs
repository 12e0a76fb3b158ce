//! `update`: firmware that is installed, and the newest.

use std::sync::Arc;

use serde_json::Value;

use super::super::discovery::fields::{Fields, scalar};
use super::super::effect::CommandError;
use super::super::expectation::Check;
use super::common::{self, NONE};
use super::{Built, Draft, Input, Kind, Role, Subject, Writer};
use crate::model::{Action, State};

#[derive(Debug)]
struct Update {
    install: Option<Arc<str>>,
}

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let install = fields.shared("payload_install");
    let mut built = Built::new(Update { install }, "MQTT Update");
    common::read(fields, &mut built, Role::State, "state_topic", "value_template");
    common::read(fields, &mut built, Role::LatestVersion, "latest_version_topic", "latest_version_template");
    common::write(fields, &mut built, Role::State, "command_topic", "");
    common::need_any(&built, fields, "a state_topic")?;
    let mut features = vec!["progress"];
    if built.writes(Role::State) && fields.get("payload_install").is_some() {
        features.push("install");
    }
    built.offer("supported_features", features);
    for key in ["title", "release_summary", "release_url"] {
        if let Some(text) = fields.text(key) {
            built.capabilities.insert(key.into(), text.into());
        }
    }
    Ok(built)
}

/// What a JSON message may say besides the versions.
const DETAILS: [&str; 5] = ["title", "release_summary", "release_url", "in_progress", "update_percentage"];

/// The state follows from the two versions.
fn compare(draft: &mut Draft<'_>) {
    let version = |name| draft.get(name).and_then(scalar);
    let state = match (version("installed_version"), version("latest_version")) {
        (Some(installed), Some(latest)) if installed == latest => "off",
        (Some(_), Some(_)) => "on",
        _ => State::UNKNOWN,
    };
    draft.set_state(state);
}

impl Kind for Update {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        let text = input.text()?;
        if text.is_empty() {
            return Ok(());
        }
        match role {
            Role::LatestVersion => common::word("latest_version", &text, draft),
            Role::State => match serde_json::from_str(&text) {
                Ok(Value::Object(map)) => {
                    for name in ["installed_version", "latest_version"] {
                        if let Some(version) = map.get(name).and_then(scalar) {
                            draft.set(name, version);
                        }
                    }
                    // A device that counts need not say as well that it is at work.
                    if let (Some(percentage), None) = (map.get("update_percentage"), map.get("in_progress")) {
                        draft.set("in_progress", percentage.is_number());
                    }
                    for name in DETAILS {
                        match map.get(name) {
                            Some(Value::Null) => draft.remove(name),
                            Some(value) => draft.set(name, value.clone()),
                            None => {}
                        }
                    }
                }
                _ if text == NONE => draft.remove("installed_version"),
                _ => draft.set("installed_version", text),
            },
            _ => return Ok(()),
        }
        compare(draft);
        Ok(())
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        match (action, &self.install) {
            (Action::Install, Some(install)) => out.raw(Role::State, install),
            _ => Err(out.unsupported()),
        }
    }

    fn expect(&self, action: &Action, _subject: &Subject<'_>) -> Vec<Check> {
        // An installation takes minutes; that it has begun is confirmation enough.
        if *action == Action::Install { common::is("in_progress", "true") } else { Vec::new() }
    }
}
