//! The command line as a whole: which commands there are.

use clap::{CommandFactory, Parser, Subcommand};

use crate::commands;

/// Follow the thread of every LLM request.
///
/// One binary: `clew serve` takes OpenTelemetry in, stores it, and shows it; the other commands talk to such a server.
#[derive(Debug, Parser)]
#[command(name = "clew", version, max_term_width = 100, disable_help_subcommand = true, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 ok, 1 failed check, 2 usage, 3 not found, 4 cannot reach the server, 130 interrupted.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

// The order is the one of the help text: first what one does on the first day.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(commands::serve::Args),
    Demo(commands::demo::Args),
    Traces(commands::traces::Args),
    Trace(commands::trace::Args),
    Explain(commands::explain::Args),
    Spans(commands::spans::Args),
    Sessions(commands::sessions::Args),
    Logs(commands::logs::Args),
    Views(commands::views::Args),
    Tail(commands::tail::Args),
    Why(commands::why::Args),
    Steps(commands::steps::Args),
    Metrics(commands::metrics::Args),
    Query(commands::query::Args),
    Cost(commands::cost::Args),
    Prices(commands::prices::Args),
    Reprice(commands::reprice::Args),
    Renormalize(commands::renormalize::Args),
    Send(commands::send::Args),
    Export(commands::export::Args),
    Delete(commands::delete::Args),
    Backup(commands::backup::Args),
    Restore(commands::restore::Args),
    Verify(commands::verify::Args),
    Status(commands::status::Args),
    Doctor(commands::doctor::Args),
    Completions(commands::completions::Args),
    Version(commands::version::Args),
}

/// Runs any command but `serve`, which has a life of its own.
pub(crate) async fn run_client(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(_) => unreachable!("main runs `serve` itself"),
        Command::Demo(args) => commands::demo::run(args).await,
        Command::Traces(args) => commands::traces::run(args).await,
        Command::Trace(args) => commands::trace::run(args).await,
        Command::Explain(args) => commands::explain::run(args).await,
        Command::Spans(args) => commands::spans::run(args).await,
        Command::Sessions(args) => commands::sessions::run(args).await,
        Command::Logs(args) => commands::logs::run(args).await,
        Command::Views(args) => commands::views::run(args).await,
        Command::Tail(args) => commands::tail::run(args).await,
        Command::Why(args) => commands::why::run(args).await,
        Command::Steps(args) => commands::steps::run(args).await,
        Command::Metrics(args) => commands::metrics::run(args).await,
        Command::Query(args) => commands::query::run(args).await,
        Command::Cost(args) => commands::cost::run(args).await,
        Command::Prices(args) => commands::prices::run(args).await,
        Command::Reprice(args) => commands::reprice::run(args).await,
        Command::Renormalize(args) => commands::renormalize::run(args).await,
        Command::Send(args) => commands::send::run(args).await,
        Command::Export(args) => commands::export::run(args).await,
        Command::Delete(args) => commands::delete::run(args).await,
        Command::Backup(args) => commands::backup::run(args).await,
        Command::Restore(args) => commands::restore::run(args).await,
        Command::Verify(args) => commands::verify::run(args).await,
        Command::Status(args) => commands::status::run(args).await,
        Command::Doctor(args) => commands::doctor::run(args).await,
        Command::Completions(args) => commands::completions::run(args, Cli::command()),
        Command::Version(args) => commands::version::run(args),
    }
}
