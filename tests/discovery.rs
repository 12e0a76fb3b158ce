//! Discovery messages by the hundred: each must become a usable entity.

use std::collections::BTreeSet;
use std::path::PathBuf;

use homeclaw::devices::{Effect, Registry, RegistryOptions};
use homeclaw::model::{Inbound, Timestamp};
use serde_json::Value;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// The messages of a file with one `{"topic", "payload"}` a line.
fn messages(text: &str) -> Vec<(String, String)> {
    let line = |line: &str| {
        let message: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let payload = match &message["payload"] {
            Value::String(text) => text.clone(),
            object => object.to_string(),
        };
        (message["topic"].as_str().unwrap().to_owned(), payload)
    };
    text.lines().filter(|text| !text.trim().is_empty()).map(line).collect()
}

/// What is wrong with each message that became nothing usable; each goes to a registry of its own, since
/// messages from many homes share their ids.
fn unusable(messages: &[(String, String)]) -> Vec<String> {
    let mut bad = Vec::new();
    for (topic, payload) in messages {
        let mut registry = Registry::new(RegistryOptions::default());
        let message = Inbound { topic: topic.clone(), payload: payload.clone().into(), retain: true };
        let effects = registry.on_message(&message, NOW);
        let rejected = effects.iter().find(|effect| matches!(effect, Effect::Rejected { .. }));
        let made = registry.view().entities.len() + registry.triggers().count();
        if made == 0 || rejected.is_some() {
            bad.push(format!("{topic}: {rejected:?}"));
        }
    }
    bad
}

/// The different things that were left out of the messages.
fn notes(messages: &[(String, String)]) -> BTreeSet<String> {
    let mut registry = Registry::new(RegistryOptions::default());
    let mut notes = BTreeSet::new();
    for (topic, payload) in messages {
        let message = Inbound { topic: topic.clone(), payload: payload.clone().into(), retain: true };
        for effect in registry.on_message(&message, NOW) {
            if let Effect::Noted { reason, .. } = effect {
                notes.insert(reason.split_once(": ").map_or(reason.clone(), |(_, what)| what.to_owned()));
            }
        }
    }
    notes
}

fn shared(name: &str) -> Option<String> {
    let folder = std::env::var_os("HOMECLAW_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    std::fs::read_to_string(folder.join("data").join(name)).ok()
}

#[test]
fn every_message_of_our_own_becomes_usable() {
    let messages = messages(include_str!("fixtures/discovery.ndjson"));
    assert!(messages.len() >= 60, "{}", messages.len());
    assert_eq!(unusable(&messages), [] as [String; 0]);
}

#[test]
fn every_message_made_by_zigbee2mqtt_becomes_usable() {
    let Some(text) = shared("discovery-sample.ndjson") else {
        println!("LEFT OUT: ../shared/data/discovery-sample.ndjson is not there");
        return;
    };
    let messages = messages(&text);
    assert_eq!(messages.len(), 393);
    assert_eq!(unusable(&messages), [] as [String; 0]);
    // And all in one home.
    let mut registry = Registry::new(RegistryOptions::default());
    for (topic, payload) in &messages {
        let message = Inbound { topic: topic.clone(), payload: payload.clone().into(), retain: true };
        let rejected: Vec<_> = registry.on_message(&message, NOW);
        assert!(
            !rejected.iter().any(|effect| matches!(effect, Effect::Rejected { .. })),
            "{topic}: {rejected:?}"
        );
    }
    assert_eq!(registry.view().entities.len(), 393);
}

/// Any other collection, for whoever has one: `HOMECLAW_DISCOVERY=FILE cargo test --test discovery`.
#[test]
fn a_collection_of_ones_own() {
    let Some(file) = std::env::var_os("HOMECLAW_DISCOVERY") else {
        println!("LEFT OUT: HOMECLAW_DISCOVERY names no file");
        return;
    };
    let messages = messages(&std::fs::read_to_string(file).unwrap());
    let bad = unusable(&messages);
    for line in bad.iter().take(40) {
        println!("{line}");
    }
    println!("{} of {} are not usable", bad.len(), messages.len());
    for note in notes(&messages) {
        println!("left out: {note}");
    }
    assert!(bad.len() * 1000 <= messages.len(), "more than 0.1 % are not usable");
}
