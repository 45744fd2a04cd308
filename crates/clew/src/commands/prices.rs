//! `clew prices`: the user's own price table.

use std::collections::BTreeMap;
use std::io::Read;

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::columns::{Align, aligned};
use crate::failure::{Exit, Failure};
use crate::format::{self, MISSING};
use crate::line::{Line, Role, one_line};
use crate::options::{OutputArgs, ServerArgs};
use crate::output;
use crate::screen::Screen;

/// List and change your own price table, which goes before list prices.
///
/// Spans that come after a change are priced by it; those stored keep their price until `clew reprice`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(ListArgs),
    Set(SetArgs),
    Remove(RemoveArgs),
    Import(ImportArgs),
}

/// List the rows that hold in the project.
#[derive(Debug, clap::Args)]
struct ListArgs {
    /// Print the answer of the API as one JSON object, which `clew prices import` reads.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    server: ServerArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Set the prices of a model; a row for the same calls from the same time on is replaced.
#[derive(Debug, clap::Args)]
struct SetArgs {
    /// Model as spans name it; `*` at an end stands for any text.
    #[arg(value_name = "MODEL")]
    model: String,

    /// Dollars for a million tokens, characters or pixels, for one of any other unit: `input_tokens=2.50`.
    #[arg(value_name = "UNIT=DOLLARS", required = true, value_parser = unit_price)]
    prices: Vec<(String, String)>,

    /// Only for this provider.
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,

    /// Only for this tier of service: `flex`, `priority`, `batch`.
    #[arg(long, value_name = "NAME")]
    tier: Option<String>,

    /// From this day or time in UTC on, inclusive [default: always].
    #[arg(long, value_name = "TIME")]
    from: Option<String>,

    /// Until this day or time in UTC, exclusive.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,

    /// What the price is from, for people.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,

    /// Hold in all projects, not in this one alone.
    #[arg(long)]
    all_projects: bool,

    #[command(flatten)]
    server: ServerArgs,
}

/// Remove a row.
#[derive(Debug, clap::Args)]
struct RemoveArgs {
    /// Id of the row, as `clew prices list` shows it.
    #[arg(value_name = "ID")]
    id: u64,

    #[command(flatten)]
    server: ServerArgs,
}

/// Add all rows of a file, or none where one is wrong.
#[derive(Debug, clap::Args)]
struct ImportArgs {
    /// JSON of rows, as `clew prices list --json` prints it; `-` for stdin.
    #[arg(value_name = "FILE.json")]
    file: String,

    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    match args.command {
        Command::List(args) => list(&args).await,
        Command::Set(args) => {
            let table = put(&Client::new(&args.server)?, &[row_of(&args)]).await?;
            say_version("set", &table);
            Ok(())
        }
        Command::Remove(args) => {
            let client = Client::new(&args.server)?;
            let table = client.change(Method::DELETE, &client.in_project(&format!("prices/{}", args.id)), None).await?;
            say_version("removed", &table);
            Ok(())
        }
        Command::Import(args) => {
            let rows = rows_of_file(&args.file)?;
            let table = put(&Client::new(&args.server)?, &rows).await?;
            say_version(&format!("{} imported", format::plural(rows.len(), "row")), &table);
            Ok(())
        }
    }
}

async fn list(args: &ListArgs) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let table = client.get(&client.in_project("prices"), &[]).await?;
    if args.json {
        return Ok(output::print_json(&table)?);
    }
    print(&table, &client, &Screen::of_stdout(&args.output))
}

async fn put(client: &Client, rows: &[Value]) -> Result<Value, Failure> {
    client.change(Method::PUT, &client.in_project("prices"), Some(&json!({ "rows": rows }))).await
}

fn unit_price(text: &str) -> Result<(String, String), String> {
    let (unit, price) = text.split_once('=').ok_or("expected UNIT=DOLLARS, e.g. input_tokens=2.50")?;
    Ok((unit.trim().to_owned(), price.trim().trim_start_matches('$').to_owned()))
}

fn row_of(set: &SetArgs) -> Value {
    let prices: BTreeMap<&String, &String> = set.prices.iter().map(|(unit, price)| (unit, price)).collect();
    let mut row = Map::new();
    row.insert("model".to_owned(), set.model.clone().into());
    row.insert("prices".to_owned(), json!(prices));
    row.insert("all_projects".to_owned(), set.all_projects.into());
    let optional =
        [("provider", &set.provider), ("service_tier", &set.tier), ("valid_from", &set.from), ("valid_to", &set.to), ("note", &set.note)];
    for (field, text) in optional {
        if let Some(text) = text {
            row.insert(field.to_owned(), text.clone().into());
        }
    }
    row.into()
}

/// Reads the rows of a file; what the server gives to each by itself is left out.
fn rows_of_file(path: &str) -> Result<Vec<Value>, Failure> {
    let unread = |error: std::io::Error| Failure::new(Exit::Failed, format!("cannot read `{path}`")).with_source(error);
    let mut text = String::new();
    match path {
        "-" => std::io::stdin().read_to_string(&mut text).map(drop).map_err(unread)?,
        _ => text = std::fs::read_to_string(path).map_err(unread)?,
    }
    let invalid = || {
        Failure::new(Exit::Failed, format!("`{path}` holds no price rows"))
            .with_hint(r#"Write {"rows": [{"model": "gpt-4o*", "prices": {"input_tokens": "2.50", "output_tokens": "10"}}]}."#)
    };
    let content: Value = serde_json::from_str(&text).map_err(|error| invalid().with_source(error))?;
    let rows = match content {
        Value::Array(rows) => rows,
        Value::Object(mut table) => match table.remove("rows") {
            Some(Value::Array(rows)) => rows,
            _ => return Err(invalid()),
        },
        _ => return Err(invalid()),
    };
    let mut rows = rows;
    for row in rows.iter_mut().filter_map(Value::as_object_mut) {
        for given in ["id", "project", "per"] {
            row.remove(given);
        }
    }
    Ok(rows)
}

fn say_version(what: &str, table: &Value) {
    eprintln!("{what}; the own price table is at version {}", table["version"]);
}

fn print(table: &Value, client: &Client, screen: &Screen) -> anyhow::Result<()> {
    let rows = table["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    if rows.is_empty() {
        eprintln!("project `{}` has no prices of its own; list prices hold, `clew prices set` adds yours", client.project());
        return Ok(());
    }
    let mut cells = vec![["id", "model", "provider", "tier", "from", "to", "prices", "project", "note"].map(str::to_owned)];
    cells.extend(rows.iter().map(cells_of));
    let (left, right) = (Align::Left, Align::Right);
    let texts = aligned(&cells, [right, left, left, left, left, left, left, left, left]);
    let line = |(index, text): (usize, &String)| Line::new().with(if index == 0 { Role::Dim } else { Role::Plain }, text);
    let lines: Vec<Line> = texts.iter().enumerate().map(line).collect();
    Ok(output::print_lines(&lines, screen)?)
}

fn cells_of(row: &Value) -> [String; 9] {
    let text = |field: &str, absent: &str| row[field].as_str().map_or(absent.to_owned(), one_line);
    let prices = row["prices"].as_object().into_iter().flatten();
    let prices: Vec<String> = prices.map(|(unit, price)| format!("{unit}=${}", price.as_str().unwrap_or_default())).collect();
    [
        row["id"].to_string(),
        text("model", MISSING),
        text("provider", "any"),
        text("service_tier", "any"),
        text("valid_from", "always"),
        text("valid_to", MISSING),
        prices.join(" "),
        text("project", "all"),
        text("note", ""),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_price_is_a_pair() {
        assert_eq!(unit_price("input_tokens=$2.50"), Ok(("input_tokens".to_owned(), "2.50".to_owned())));
        assert!(unit_price("input_tokens").is_err());
    }
}
