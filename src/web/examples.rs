//! Examples of answers, for readers of the API's description.

use serde_json::{Value, json};
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{ArrayItems, Schema};
use utoipa::openapi::{Content, OpenApi, RefOr};

/// An example of a type by its name in the document.
fn example(name: &str) -> Option<Value> {
    let state = || {
        json!({"state": "on", "attributes": {"brightness": 128}, "last_changed": 1_795_233_600_000_i64,
            "last_updated": 1_795_233_600_000_i64, "available": true})
    };
    let lamp = || {
        json!({"id": "lamp_1", "name": "Floor lamp", "manufacturer": "IKEA of Sweden", "model": "LED bulb",
            "area": "living_room"})
    };
    Some(match name {
        "State" => state(),
        "Outcome" => json!({"outcome": "confirmed", "state": state(), "after_ms": 84}),
        "Outcomes" => {
            json!({"outcomes": [{"outcome": "sent"}, {"outcome": "unconfirmed", "waited_ms": 1500}]})
        }
        "Entity" => json!({"id": "light.floor_lamp", "unique_id": "lamp_1_light", "name": "Floor lamp",
            "device": "lamp_1", "enabled": true, "capabilities": {"supported_color_modes": ["brightness"]}}),
        "Device" => lamp(),
        "DeviceInfo" => {
            let mut device = lamp();
            if let Some(fields) = device.as_object_mut() {
                fields.insert("entities".to_owned(), json!(["light.floor_lamp"]));
            }
            device
        }
        "Area" => json!({"id": "living_room", "name": "Living room", "by_language": {"zh-CN": ["客厅"]}}),
        "Floor" => json!({"id": "first_floor", "name": "First floor", "level": 1}),
        "Timer" => json!({"id": "t1", "name": "pizza", "duration_ms": 600_000, "status": "running",
            "ends": 1_795_234_200_000_i64, "channel": "panel", "created": 1_795_233_600_000_i64}),
        "TodoList" => {
            json!({"id": "shopping", "name": "Shopping list", "items": [{"id": 3, "summary": "milk",
            "status": "needs_action", "created": 1_795_233_600_000_i64}]})
        }
        "Reply" => {
            json!({"message": "5d1f0c2a9be07d3355aa1b2c", "kind": "action_done", "text": "Turned on the light",
            "language": "en", "intent": {"name": "HassTurnOn", "slots": {"name": "kitchen light"}},
            "trace": {"steps": [{"step": "heard", "text": "turn on the kitchen light", "language": "en"}],
                "micros": 91_250}})
        }
        "Health" => json!({"part": "mqtt", "level": "ok", "message": "", "since": 1_795_233_600_000_i64,
            "restarts": 0}),
        _ => return None,
    })
}

/// Puts an example to every answer whose type has one.
pub(super) fn add(document: &mut OpenApi) {
    for content in document.paths.paths.values_mut().flat_map(operations).flat_map(contents) {
        content.example = content.schema.as_ref().and_then(of);
    }
}

fn of(schema: &RefOr<Schema>) -> Option<Value> {
    match schema {
        RefOr::Ref(name) => example(name.ref_location.rsplit('/').next()?),
        RefOr::T(Schema::Array(array)) => match &array.items {
            ArrayItems::RefOrSchema(items) => of(items).map(|item| json!([item])),
            ArrayItems::False => None,
        },
        RefOr::T(_) => None,
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, patch, delete, .. } = item;
    [get, put, post, patch, delete].into_iter().flatten()
}

/// What successful answers carry, where they have no example of their own.
fn contents(operation: &mut Operation) -> impl Iterator<Item = &mut Content> {
    let responses = operation.responses.responses.iter_mut();
    let good =
        responses.filter(|(status, _)| status.starts_with('2')).filter_map(|(_, response)| match response {
            RefOr::T(response) => Some(response),
            RefOr::Ref(_) => None,
        });
    let contents =
        good.flat_map(|response| response.content.values_mut()).filter_map(|content| match content {
            RefOr::T(content) => Some(content),
            RefOr::Ref(_) => None,
        });
    contents.filter(|content| content.example.is_none())
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;

    use super::*;
    use crate::model;

    #[track_caller]
    fn reads<T: DeserializeOwned>(name: &str) {
        let read = serde_json::from_value::<T>(example(name).unwrap());
        assert!(read.is_ok(), "{name}: {:?}", read.err());
    }

    #[test]
    fn examples_are_what_they_are_examples_of() {
        reads::<model::State>("State");
        reads::<model::Outcome>("Outcome");
        reads::<model::Entity>("Entity");
        reads::<model::Device>("Device");
        reads::<model::Area>("Area");
        reads::<model::Floor>("Floor");
        reads::<model::Timer>("Timer");
        reads::<model::TodoList>("TodoList");
        reads::<model::Reply>("Reply");
        reads::<model::Health>("Health");
    }
}
