//! `clew query`: questions in SQL, as a table, CSV, JSON, Arrow or Parquet.

mod grid;

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::view_reference::{SQL_PAGE, find};
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::format;
use crate::options::{OutputArgs, ServerArgs};
use crate::output;
use crate::screen::Screen;

/// Ask a question in SQL, read-only, about the rows of a project.
///
/// The tables are `spans`, `traces`, `steps`, `logs`, `scores` and `metrics`; --tables lists their columns with types and units.
/// The language is close to PostgreSQL's; `json_get(output, 'items[0].price')` reads places in JSON texts.
///
///   clew query "SELECT model, count(*), sum(cost_usd) FROM spans WHERE billed GROUP BY model"
///   clew query --saved Models -t 7d
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("form").args(["csv", "json", "arrow", "parquet"]))]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// One SELECT; `-` reads it from stdin.
    #[arg(value_name = "SQL", required_unless_present_any = ["saved", "tables"])]
    sql: Option<String>,

    /// Ask what was saved under this name: `clew views save NAME SQL --of query`, or on the Query page.
    #[arg(long, value_name = "NAME", conflicts_with = "sql")]
    saved: Option<String>,

    /// List the tables with their columns, types and units.
    #[arg(long, conflicts_with_all = ["sql", "saved", "csv", "arrow", "parquet"])]
    tables: bool,

    /// Print CSV with a line of names.
    #[arg(long)]
    csv: bool,

    /// Print the answer of the API as one JSON object.
    #[arg(long)]
    json: bool,

    /// Write the stream format of Arrow into a new file; `-` is stdout.
    #[arg(long, value_name = "FILE")]
    arrow: Option<PathBuf>,

    /// Write Parquet into a new file; `-` is stdout.
    #[arg(long, value_name = "FILE")]
    parquet: Option<PathBuf>,

    /// At most so many rows, up to 1000000 [default: 10000].
    #[arg(long, value_name = "N")]
    max_rows: Option<usize>,

    /// Only rows that start in this time, of all tables: `15m`, `24h`, `7d`, or `<from>~<to>` in UTC; goes before a saved one.
    #[arg(short = 't', long, value_name = "TIME")]
    since: Option<String>,

    #[command(flatten)]
    server: ServerArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// The server gives a question up after 30 s, and lets it wait for its turn before.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(120);

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let screen = Screen::of_stdout(&args.output);
    if args.tables {
        let answer = client.get(&client.in_project("sql/tables"), &[]).await?;
        if args.json {
            return Ok(output::print_json(&answer)?);
        }
        return Ok(output::print_lines(&grid::tables(&answer), &screen)?);
    }
    let answer = ask(&client, &args, &question(&client, &args).await?).await?;
    match (&args.arrow, &args.parquet) {
        (Some(path), _) | (_, Some(path)) => save(path, answer).await,
        _ if args.csv => print(answer).await,
        _ => show(&args, &screen, answer).await,
    }
}

struct Question {
    sql: String,
    since: Option<String>,
}

async fn question(client: &Client, args: &Args) -> Result<Question, Failure> {
    let since = args.since.clone();
    if let Some(name) = &args.saved {
        let view = find(client, SQL_PAGE, name).await?;
        let text = |field: &str| view[field].as_str().map(str::to_owned);
        return Ok(Question { sql: text("query").unwrap_or_default(), since: since.or_else(|| text("range")) });
    }
    let mut sql = args.sql.clone().unwrap_or_default();
    if sql == "-" {
        sql.clear();
        let read = std::io::stdin().lock().read_to_string(&mut sql);
        read.map_err(|error| Failure::new(Exit::Usage, "cannot read the question from stdin").with_source(error))?;
    }
    Ok(Question { sql, since })
}

async fn ask(client: &Client, args: &Args, Question { sql, since }: &Question) -> Result<Response, Failure> {
    let format = match args {
        Args { csv: true, .. } => "csv",
        Args { arrow: Some(_), .. } => "arrow",
        Args { parquet: Some(_), .. } => "parquet",
        _ => "json",
    };
    let body = json!({"sql": sql, "format": format, "max_rows": args.max_rows, "t": since});
    let request = client.request(Method::POST, &client.in_project("sql")).json(&body).timeout(ANSWER_TIME_MAX);
    client.answered(request).await.inspect_err(|failure| {
        if let Some(at) = failure.at {
            eprintln!("{}", marked(sql, at));
        }
    })
}

/// The line in which a mistake stands, with a mark below it.
fn marked(sql: &str, at: usize) -> String {
    let before = sql.get(..at).unwrap_or(sql);
    let (start, number) = (before.rfind('\n').map_or(0, |end| end + 1), before.matches('\n').count() + 1);
    let line: String =
        sql[start..].lines().next().unwrap_or_default().chars().map(|letter| if letter == '\t' { ' ' } else { letter }).collect();
    let indent = before[start..].chars().count();
    format!("{number:>4} | {line}\n     | {}^", " ".repeat(indent))
}

async fn show(args: &Args, screen: &Screen, answer: Response) -> anyhow::Result<()> {
    let answer: Value = answer.json().await?;
    if args.json {
        return Ok(output::print_json(&answer)?);
    }
    output::print_lines(&grid::rows(&answer, screen), screen)?;
    let [rows, read, bytes] =
        ["/row_count", "/cost/rows", "/cost/bytes"].map(|place| answer.pointer(place).and_then(Value::as_u64).unwrap_or(0));
    let nanos = answer.pointer("/cost/nanos").and_then(Value::as_str).and_then(|nanos| nanos.parse().ok()).unwrap_or(0);
    let (shown, read) = (format::plural(rows as usize, "row"), format::count_exact(read));
    eprintln!("{shown}; {read} read, {}, in {}", format::bytes(bytes), format::duration(nanos));
    if answer["cut"] == true {
        say_cut(rows);
    }
    Ok(())
}

async fn print(answer: Response) -> anyhow::Result<()> {
    let cut = cut_at(&answer);
    std::io::stdout().lock().write_all(&answer.bytes().await?)?;
    cut.into_iter().for_each(say_cut);
    Ok(())
}

async fn save(path: &Path, answer: Response) -> anyhow::Result<()> {
    if path == Path::new("-") {
        return print(answer).await;
    }
    let not_written = |error| {
        Failure::new(Exit::Failed, format!("cannot write to `{}`", path.display()))
            .with_source(error)
            .with_hint("Name a new file: nothing is overwritten.")
    };
    let cut = cut_at(&answer);
    let rows = header_number(&answer, "x-clew-rows").unwrap_or(0);
    let bytes = answer.bytes().await?;
    File::create_new(path).and_then(|mut file| file.write_all(&bytes)).map_err(not_written)?;
    eprintln!("{} in {}, {}", format::plural(rows as usize, "row"), path.display(), format::bytes(bytes.len() as u64));
    cut.into_iter().for_each(say_cut);
    Ok(())
}

/// How many rows there are of an answer that does not have all.
fn cut_at(answer: &Response) -> Option<u64> {
    let is_cut = answer.headers().get("x-clew-cut").is_some_and(|cut| cut == "true");
    is_cut.then(|| header_number(answer, "x-clew-rows").unwrap_or(0))
}

fn header_number(answer: &Response, name: &str) -> Option<u64> {
    answer.headers().get(name)?.to_str().ok()?.parse().ok()
}

fn say_cut(rows: u64) {
    eprintln!("the answer is cut after {} rows; more with --max-rows", format::count_exact(rows));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_marked_in_its_line() {
        let sql = "SELECT 'ä',\n  nmae FROM spans";
        assert_eq!(marked(sql, sql.find("nmae").unwrap()), "   2 |   nmae FROM spans\n     |   ^");
        assert_eq!(marked("SELECT", 6), "   1 | SELECT\n     |       ^");
        assert_eq!(marked("", 9), "   1 | \n     | ^");
    }
}
