//! Saved views as people name them: by name or id.

use serde_json::Value;

use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::line::one_line;

/// Lists the saved views of the project, by name.
pub(super) async fn views(client: &Client) -> Result<Vec<Value>, Failure> {
    let answer = client.get(&client.in_project("views"), &[]).await?;
    Ok(answer["views"].as_array().cloned().unwrap_or_default())
}

/// Finds a view of a list by its name or id.
pub(super) async fn find(client: &Client, page: &str, name: &str) -> Result<Value, Failure> {
    let views = views(client).await?;
    let of_page = || views.iter().filter(|view| view["page"] == page);
    let found = of_page().find(|view| view["name"] == name).or_else(|| of_page().find(|view| view["id"] == name));
    found.cloned().ok_or_else(|| {
        Failure::new(Exit::NotFound, format!("there is no saved view `{}` of {page} in project `{}`", one_line(name), client.project()))
            .with_hint("See what there is with `clew views`.")
    })
}
