//! The committed OpenAPI document, from which the UI's types are made, is the one the server serves.

#[test]
fn the_committed_document_is_the_served_one() {
    let committed = include_str!("../../openapi.json");
    assert!(
        committed == server::openapi_json(),
        "crates/server/openapi.json is out of date: cargo run -p server --example openapi > crates/server/openapi.json, then npm run api in ui/"
    );
}
