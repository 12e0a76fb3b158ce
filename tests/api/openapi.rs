//! The API's description is what clients were built against: it changes only on purpose.

use homeclaw::web::openapi_document;

use crate::support::TestApi;

#[test]
fn the_description_stays_as_it_is() {
    insta::assert_snapshot!(openapi_document().to_pretty_json().unwrap());
}

#[tokio::test]
async fn it_is_served() {
    let api = TestApi::start().await;
    let served = api.get("/api/v1/openapi.json").await;
    assert_eq!(served.json(), serde_json::to_value(openapi_document()).unwrap());
    assert!(served.json()["openapi"].as_str().unwrap().starts_with("3.1."));
}

/// Routes come into the router with their description, or not at all.
#[test]
fn no_route_goes_undescribed() {
    let source = include_str!("../../src/web/router.rs");
    let undescribed: Vec<_> = source.lines().filter(|line| line.contains(".route(")).collect();
    assert_eq!(undescribed.len(), 1, "{undescribed:?}");
    assert!(undescribed[0].contains("no_such_path"));
}

#[test]
fn every_operation_says_what_it_is() {
    let document = serde_json::to_value(openapi_document()).unwrap();
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} is there twice");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path}");
            assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{method} {path}");
        }
    }
}

/// Whoever reads the description sees what goes in and what comes out.
#[test]
fn bodies_have_examples() {
    let document = serde_json::to_value(openapi_document()).unwrap();
    let has_example = |content: &serde_json::Value| {
        let reference = content.pointer("/schema/$ref").and_then(|name| name.as_str());
        let schema = reference.and_then(|name| document.pointer(name.trim_start_matches('#')));
        let fields = schema.and_then(|schema| schema["properties"].as_object());
        content.get("example").is_some()
            || schema.is_some_and(|schema| schema.get("example").is_some())
            || fields.is_some_and(|fields| fields.values().any(|field| field.get("example").is_some()))
    };
    let without: Vec<_> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().iter().filter_map(move |(method, operation)| {
                let body = operation.pointer("/requestBody/content/application~1json")?;
                (!has_example(body)).then(|| format!("{method} {path}"))
            })
        })
        .collect();
    assert_eq!(without, Vec::<String>::new());
}
