//! Lists.

use serde_json::json;

use crate::support::TestApi;

#[tokio::test]
async fn things_are_written_ticked_and_cleared() {
    let api = TestApi::start().await;
    let items = "/api/v1/lists/shopping/items";
    api.post(items, json!({"summary": "milk"})).await.expect(201);
    let list = api.post(items, json!({"summary": "面包"})).await.expect(201);
    let [milk, bread] = [&list["items"][0], &list["items"][1]];
    assert_eq!((milk["summary"].as_str(), bread["summary"].as_str()), (Some("milk"), Some("面包")));
    assert_eq!(milk["status"], "needs_action");

    let of = |item: &serde_json::Value| format!("{items}/{}", item["id"]);
    let list = api.patch(&of(milk), json!({"status": "completed"})).await.expect(200);
    assert_eq!(
        list["items"].as_array().unwrap().iter().filter(|item| item["status"] == "completed").count(),
        1
    );
    let both = json!({"summary": "rolls", "status": "completed"});
    let list = api.patch(&of(bread), both).await.expect(200);
    assert!(list.to_string().contains("rolls"));
    api.patch(&of(bread), json!({})).await.refused(422, "invalid");
    api.patch(&of(bread), json!({"status": "eaten"})).await.refused(400, "bad_json");

    api.delete(&of(bread)).await.expect(200);
    api.delete(&of(bread)).await.refused(404, "not_found");
    let list = api.post("/api/v1/lists/shopping/clear", json!({})).await.expect(200);
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn lists_come_and_go_and_the_shopping_list_stays() {
    let api = TestApi::start().await;
    let list = api.post("/api/v1/lists", json!({"name": "Garden"})).await.expect(201);
    let id = list["id"].as_str().unwrap();
    let names = |lists: serde_json::Value| {
        lists
            .as_array()
            .unwrap()
            .iter()
            .map(|list| list["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(names(api.get("/api/v1/lists").await.expect(200)).contains(&"Garden".to_owned()));
    api.delete(&format!("/api/v1/lists/{id}")).await.expect(204);
    assert!(!names(api.get("/api/v1/lists").await.expect(200)).contains(&"Garden".to_owned()));
    api.delete("/api/v1/lists/shopping").await.expect(204);
    let lists = api.get("/api/v1/lists").await.expect(200);
    assert!(lists.as_array().unwrap().iter().any(|list| list["id"] == "shopping"), "{lists}");
    api.post("/api/v1/lists", json!({"name": ""})).await.refused(422, "invalid");
}
