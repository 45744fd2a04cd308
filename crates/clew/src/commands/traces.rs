//! `clew traces`: the newest traces as a table.

use serde_json::Value;

use super::list::{List, ListArgs, print};
use crate::client::TraceSummary;
use crate::line::Line;
use crate::table;

/// List traces, newest first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    list: ListArgs,
}

const TRACES: List =
    List { name: "traces", noun: "trace", header: table::header, row, none: "`clew demo` sends some, `clew doctor` tells what arrives" };

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    print(&TRACES, &args.list, &[]).await
}

fn row(trace: &Value, columns: Option<usize>) -> anyhow::Result<Line> {
    let trace: TraceSummary = serde_json::from_value(trace.clone())?;
    Ok(table::row(&trace, &chrono::Local, columns))
}
