//! `clew why`: what is different between two selections of traces.

mod lines;

use crate::client::Client;
use crate::options::{OutputArgs, ServerArgs};
use crate::output;
use crate::screen::Screen;

/// Tell what is different between two selections of traces: failed ones and the rest, this week and the last.
///
/// Every field is held against its other half: model, release, user, metadata, what tools ran, what steps put out, tokens, durations.
/// Those that differ most come first, each with a bar for both sides: `clew why --a status:error`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The traces in question: a query.
    #[arg(long, value_name = "QUERY")]
    a: String,

    /// The traces they are held against [default: all others of the time].
    #[arg(long, value_name = "QUERY")]
    b: Option<String>,

    /// Only traces of this time: `15m`, `24h`, `7d`, or `<from>~<to>` in UTC.
    #[arg(short = 't', long, value_name = "TIME")]
    since: Option<String>,

    /// At most so many fields of what was given, and of what happened.
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: usize,

    /// List fields too that differ no more than chance would make them.
    #[arg(long)]
    all: bool,

    /// Print the answer of the API as one JSON object.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    server: ServerArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// The most the API tells.
const FIELDS_MAX: usize = 500;

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let screen = Screen::of_stdout(&args.output);
    let optional = [("a", Some(args.a)), ("b", args.b), ("t", args.since), ("limit", Some(FIELDS_MAX.to_string()))];
    let query: Vec<(&str, String)> = optional.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    let answer = client.get(&client.in_project("difference"), &query).await?;
    if args.json {
        return Ok(output::print_json(&answer)?);
    }
    let shown = lines::Shown { fields_max: args.limit, with_chance: args.all };
    Ok(output::print_lines(&lines::lines(&answer, &shown, &screen), &screen)?)
}
