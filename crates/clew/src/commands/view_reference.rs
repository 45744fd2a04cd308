//! Saved views as people name them: by name or id.

use serde_json::Value;

use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::line::one_line;

/// Whose views are questions in SQL.
pub(super) const SQL_PAGE: &str = "query";

/// Lists the saved views of the project, by name.
pub(super) async fn views(client: &Client) -> Result<Vec<Value>, Failure> {
    let answer = client.get(&client.in_project("views"), &[]).await?;
    Ok(answer["views"].as_array().cloned().unwrap_or_default())
}

/// Finds a view of a page by its name or id.
pub(super) async fn find(client: &Client, page: &str, name: &str) -> Result<Value, Failure> {
    let views = views(client).await?;
    let of_page = || views.iter().filter(|view| view["page"] == page);
    let found = of_page().find(|view| view["name"] == name).or_else(|| of_page().find(|view| view["id"] == name));
    found.cloned().ok_or_else(|| {
        let what = if page == SQL_PAGE { "saved query".to_owned() } else { format!("saved view of {page}") };
        let elsewhere = views.iter().find(|view| view["name"] == name).and_then(|view| view["page"].as_str());
        let hint = match elsewhere {
            Some(SQL_PAGE) => "A query in SQL has that name: `clew query --saved NAME` asks it.".to_owned(),
            Some(other) => format!("A view of {other} has that name: `clew {other} --view NAME` lists it."),
            None => "See what there is with `clew views`.".to_owned(),
        };
        Failure::new(Exit::NotFound, format!("there is no {what} `{}` in project `{}`", one_line(name), client.project())).with_hint(hint)
    })
}
