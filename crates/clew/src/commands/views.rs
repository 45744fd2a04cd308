//! `clew views`: lists and questions in SQL with a name, saved for everybody.

use reqwest::Method;
use serde_json::{Value, json};

use super::view_reference::{find, views};
use crate::client::Client;
use crate::columns::{Align, aligned};
use crate::line::{Line, Role, one_line};
use crate::options::{OutputArgs, ServerArgs};
use crate::output;
use crate::screen::Screen;

/// List, save and remove views: queries with a name, which the screen shows under `v`.
///
/// `clew traces --view NAME` lists what one of a list shows; `clew query --saved NAME` asks one in SQL.
///
///   clew views save Failed status:error -t 24h
///   clew views save Models --of query "SELECT model, count(*) FROM spans GROUP BY model"
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,

    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    server: ServerArgs,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Save a view; one of the same name and page is replaced.
    Save {
        #[arg(value_name = "NAME")]
        name: String,

        /// Filter, in the query language; with `--of query`, one SELECT.
        #[arg(value_name = "QUERY", default_value = "")]
        query: String,

        /// Time of the view: `15m`, `24h`, `7d`, or `<from>~<to>` in UTC.
        #[arg(short = 't', long, value_name = "TIME")]
        since: Option<String>,

        /// What it shows: `traces`, `spans`, `sessions`, `logs`, or `query` for SQL.
        #[arg(long, value_name = "PAGE", default_value = "traces")]
        of: String,

        #[command(flatten)]
        server: ServerArgs,
    },
    /// Remove a view.
    Remove {
        /// Its name or id.
        #[arg(value_name = "NAME")]
        name: String,

        /// What it shows: `traces`, `spans`, `sessions`, `logs`, or `query` for SQL.
        #[arg(long, value_name = "PAGE", default_value = "traces")]
        of: String,

        #[command(flatten)]
        server: ServerArgs,
    },
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    match args.command {
        None => list(&args.server, args.json, &Screen::of_stdout(&args.output)).await,
        Some(Command::Save { name, query, since, of, server }) => {
            let client = Client::new(&server)?;
            let body = json!({"name": name, "page": of, "query": query, "range": since});
            let known = views(&client).await?.into_iter().find(|view| view["name"] == name.trim() && view["page"] == of);
            match known.as_ref().and_then(|view| view["id"].as_str()) {
                Some(id) => client.change(Method::PUT, &client.in_project(&format!("views/{id}")), Some(&body)).await?,
                None => client.change(Method::POST, &client.in_project("views"), Some(&body)).await?,
            };
            eprintln!("saved `{}`", one_line(&name));
            Ok(())
        }
        Some(Command::Remove { name, of, server }) => {
            let client = Client::new(&server)?;
            let view = find(&client, &of, &name).await?;
            let id = view["id"].as_str().unwrap_or_default();
            client.remove(&client.in_project(&format!("views/{id}"))).await?;
            eprintln!("removed `{}`", one_line(view["name"].as_str().unwrap_or_default()));
            Ok(())
        }
    }
}

async fn list(server: &ServerArgs, json: bool, screen: &Screen) -> anyhow::Result<()> {
    let client = Client::new(server)?;
    let views = views(&client).await?;
    if json {
        return Ok(views.iter().try_for_each(output::print_json)?);
    }
    if views.is_empty() {
        eprintln!("no saved views in project `{}`; `clew views save NAME QUERY` saves one", client.project());
        return Ok(());
    }
    let text = |view: &Value, field: &str| one_line(view[field].as_str().unwrap_or_default());
    let mut cells = vec![["id", "name", "of", "time", "query"].map(str::to_owned)];
    cells.extend(views.iter().map(|view| {
        let range = view["range"].as_str().map_or("all".to_owned(), one_line);
        [text(view, "id"), text(view, "name"), text(view, "page"), range, text(view, "query")]
    }));
    let line = |(index, text)| {
        let line = Line::new().with(if index == 0 { Role::Dim } else { Role::Plain }, text);
        match screen.columns {
            Some(columns) => line.cut(columns),
            None => line,
        }
    };
    let lines: Vec<Line> = aligned(&cells, [Align::Left; 5]).into_iter().enumerate().map(line).collect();
    Ok(output::print_lines(&lines, screen)?)
}
