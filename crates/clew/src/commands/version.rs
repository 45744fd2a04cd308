//! `clew version`.

use crate::options::OutputArgs;
use crate::output;

/// Print the version.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print JSON.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    if args.json {
        return Ok(output::print_json(&serde_json::json!({ "version": version }))?);
    }
    let screen = crate::screen::Screen::of_stdout(&args.output);
    Ok(output::print_lines(&[crate::line::Line::plain(format!("clew {version}"))], &screen)?)
}
