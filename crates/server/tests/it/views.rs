//! Saved views over the API.

use reqwest::StatusCode;
use serde_json::{Value, json};
use store::limits::SQL_BYTES_MAX;

use crate::harness::Harness;

const VIEWS: &str = "/api/v1/projects/default/views";

async fn send(harness: &Harness, method: &str, path: &str, body: &Value) -> (StatusCode, Value) {
    let method = method.parse().unwrap();
    let response = harness.client.request(method, format!("{}{path}", harness.http)).json(body).send().await.unwrap();
    (response.status(), response.json().await.unwrap_or_default())
}

#[tokio::test]
async fn a_view_is_saved_changed_and_removed() {
    let harness = Harness::start().await;
    assert_eq!(harness.json(VIEWS).await, json!({"views": []}));
    let body = json!({"name": " Failed today ", "query": "status:error", "range": "24h", "columns": ["time", "cost"]});
    let (status, saved) = send(&harness, "POST", VIEWS, &body).await;
    assert_eq!((status, &saved["name"], &saved["page"]), (StatusCode::CREATED, &json!("Failed today"), &json!("traces")));
    assert_eq!(harness.json(VIEWS).await["views"], json!([saved]));
    assert_eq!(send(&harness, "POST", VIEWS, &body).await.0, StatusCode::CONFLICT);

    let address = format!("{VIEWS}/{}", saved["id"].as_str().unwrap());
    let (status, changed) = send(&harness, "PUT", &address, &json!({"name": "Failed", "query": "status:error cost > $1"})).await;
    assert_eq!((status, &changed["id"], changed.get("range"), &changed["columns"]), (StatusCode::OK, &saved["id"], None, &json!([])));
    assert_eq!(send(&harness, "DELETE", &address, &Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!(send(&harness, "DELETE", &address, &Value::Null).await.0, StatusCode::NOT_FOUND);
    assert_eq!(send(&harness, "PUT", &address, &body).await.0, StatusCode::NOT_FOUND);
    assert_eq!(harness.json(VIEWS).await, json!({"views": []}));
}

#[tokio::test]
async fn what_no_list_could_show_is_not_saved() {
    let harness = Harness::start().await;
    let long = |length: usize| "n".repeat(length);
    for body in [
        json!({}),
        json!({"name": " "}),
        json!({"name": long(101)}),
        json!({"name": "two\nlines"}),
        json!({"name": "x", "page": "cats"}),
        json!({"name": "x", "query": "statsu:error"}),
        json!({"name": "x", "range": "yesterday"}),
        json!({"name": "x", "columns": vec!["c"; 51]}),
        json!({"name": "x", "columns": [long(201)]}),
        json!({"name": "x", "columns": [""]}),
        json!({"name": "x", "color": "red"}),
    ] {
        let (status, problem) = send(&harness, "POST", VIEWS, &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert!(!problem["detail"].as_str().unwrap().is_empty(), "{body}");
    }
    let with_bytes = |bytes: usize| json!({"name": "x", "query": " ".repeat(bytes - r#"{"name":"x","query":""}"#.len())});
    assert_eq!(send(&harness, "POST", VIEWS, &with_bytes(256 * 1024 + 1)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(send(&harness, "POST", VIEWS, &with_bytes(256 * 1024)).await.0, StatusCode::CREATED);
    let largest = json!({"name": long(100), "columns": vec![long(200); 50]});
    assert_eq!(send(&harness, "POST", VIEWS, &largest).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_question_in_sql_is_saved_as_it_is_written() {
    let harness = Harness::start().await;
    let sql = "SELECT name, 'a\u{1}b' AS \"n#\" -- \u{fc}\nFROM spans WHERE no_such(column";
    let question = |sql: &str| json!({"name": "Names", "page": "query", "query": sql, "range": "24h"});
    let (status, saved) = send(&harness, "POST", VIEWS, &question(&format!("\n{sql}\n"))).await;
    assert_eq!((status, &saved["page"], &saved["query"]), (StatusCode::CREATED, &json!("query"), &json!(sql)));
    assert_eq!(harness.json(VIEWS).await["views"], json!([saved]));
    let list = json!({"name": "Names", "query": "status:error"});
    assert_eq!(send(&harness, "POST", VIEWS, &list).await.0, StatusCode::CREATED, "names are of one page");
    assert_eq!(send(&harness, "POST", VIEWS, &question("SELECT 1")).await.0, StatusCode::CONFLICT);

    // A control character takes six letters of JSON: no SQL is longer when it is sent.
    let longest = format!("{}x", "\u{1}".repeat(SQL_BYTES_MAX - 1));
    let address = format!("{VIEWS}/{}", saved["id"].as_str().unwrap());
    let (status, kept) = send(&harness, "PUT", &address, &question(&longest)).await;
    assert_eq!((status, kept["query"].as_str().map(str::len)), (StatusCode::OK, Some(SQL_BYTES_MAX)));
    assert_eq!(
        harness.json(VIEWS).await["views"].as_array().unwrap().iter().find(|view| view["page"] == "query").unwrap()["query"],
        longest
    );
    for body in [
        question(" \n"),
        json!({"name": "x", "page": "query"}),
        question(&format!("{longest}x")),
        json!({"name": "x", "page": "query", "query": "SELECT 1", "columns": ["name"]}),
        json!({"name": "x", "page": "query", "query": "SELECT 1", "range": "yesterday"}),
    ] {
        let (status, problem) = send(&harness, "POST", VIEWS, &body).await;
        let shown: String = body.to_string().chars().take(80).collect();
        assert_eq!((status, problem["hint"].is_string()), (StatusCode::BAD_REQUEST, true), "{shown}: {problem}");
    }
}
