//! What holds for every route, taken from the API's own description.

use homeclaw::web::openapi_document;
use serde_json::{Value, json};

use crate::support::{As, TestApi};

struct Route {
    method: String,
    path: String,
    operation: Value,
}

/// Routes that anybody may ask.
const OPEN: &[&str] = &["/api/v1/session", "/api/v1/session/link", "/healthz", "/readyz"];

fn routes() -> Vec<Route> {
    let document = serde_json::to_value(openapi_document()).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let routes = paths.flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(move |(method, operation)| Route {
            method: method.to_uppercase(),
            path: path.clone(),
            operation: operation.clone(),
        })
    });
    let routes: Vec<_> = routes.collect();
    assert!(routes.len() >= 45, "{}", routes.len());
    routes
}

impl Route {
    fn is_open(&self) -> bool {
        OPEN.contains(&self.path.as_str()) && self.method != "DELETE"
    }

    /// The path with ids that are well-formed, but nobody has.
    fn unknown(&self) -> String {
        let thing = if self.path.contains("entities") || self.path.contains("states") {
            "light.nobody"
        } else {
            "nobody"
        };
        self.path.replace("{id}", thing).replace("{item}", "7")
    }

    fn has_body(&self) -> bool {
        self.operation.get("requestBody").is_some()
    }

    /// The description's own example of a body.
    fn example(&self) -> Option<Value> {
        let content = self.operation.pointer("/requestBody/content/application~1json")?;
        if let Some(example) = content.get("example") {
            return Some(example.clone());
        }
        let document = serde_json::to_value(openapi_document()).unwrap();
        let reference = content.pointer("/schema/$ref")?.as_str()?.trim_start_matches('#').to_owned();
        let schema = document.pointer(&reference)?;
        if let Some(example) = schema.get("example") {
            return Some(example.clone());
        }
        let properties = schema.get("properties")?.as_object()?;
        let examples =
            properties.iter().filter_map(|(name, of)| Some((name.clone(), of.get("example")?.clone())));
        Some(Value::Object(examples.collect()))
    }
}

#[tokio::test]
async fn nobody_is_let_in_unrecognised() {
    let api = TestApi::start().await;
    for route in routes().iter().filter(|route| !route.is_open()) {
        let answer = api.ask(&As::Nobody, &route.method, &route.unknown(), Some(json!({}))).await;
        assert_eq!(answer.status, 401, "{} {}", route.method, route.path);
        answer.refused(401, "unauthenticated");
    }
}

#[tokio::test]
async fn broken_json_is_refused_everywhere() {
    let api = TestApi::start().await;
    for route in routes().iter().filter(|route| route.has_body()) {
        for body in [json!([1, 2]), json!({"nonsense": true}), json!("text")] {
            let answer = api.ask(&As::Cli, &route.method, &route.unknown(), Some(body.clone())).await;
            assert_eq!(answer.status, 400, "{} {} {body}: {}", route.method, route.path, answer.text());
            answer.refused(400, "bad_json");
        }
    }
}

#[tokio::test]
async fn what_nobody_has_is_not_found() {
    let api = TestApi::start().await;
    let with_id: Vec<_> = routes().into_iter().filter(|route| route.path.contains('{')).collect();
    assert!(with_id.len() >= 20);
    for route in with_id {
        let body =
            route.has_body().then(|| route.example().unwrap_or_else(|| panic!("no example: {}", route.path)));
        let answer = api.ask(&As::Cli, &route.method, &route.unknown(), body).await;
        assert_eq!(answer.status, 404, "{} {}: {}", route.method, route.path, answer.text());
        answer.refused(404, "not_found");
    }
}

#[tokio::test]
async fn what_cannot_be_an_id_is_not_found() {
    let api = TestApi::start().await;
    for path in
        ["/api/v1/states/kitchen", "/api/v1/entities/lamp.kitchen", "/api/v1/states/light.%F0%9F%92%A1"]
    {
        api.get(path).await.refused(404, "not_found");
    }
    api.delete("/api/v1/lists/shopping/items/first").await.refused(404, "not_found");
}

#[tokio::test]
async fn other_paths_and_methods_are_told_apart() {
    let api = TestApi::start().await;
    api.get("/api/v1/nothing").await.refused(404, "not_found");
    api.get("/api/v2/home").await.refused(404, "not_found");
    api.delete("/api/v1/home").await.refused(405, "wrong_method");
    api.post("/rooms", json!({})).await.refused(404, "not_found");
}
