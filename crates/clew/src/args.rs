//! What can be typed: the commands and the options that several of them share.

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands;
use crate::env_vars;

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

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(commands::serve::Args),
}

/// Where the server is, for every command that asks one.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct ServerArgs {
    /// Address of the server.
    #[arg(long, value_name = "URL", env = env_vars::SERVER, hide_env_values = true, default_value = crate::client::DEFAULT_SERVER)]
    pub(crate) server: String,

    /// Project to read from or write to [default: default].
    #[arg(long, value_name = "SLUG", env = env_vars::PROJECT, hide_env_values = true)]
    pub(crate) project: Option<String>,
}

/// How output looks, for every command that prints for people.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// When to use colours; `auto` means on a terminal and without NO_COLOR.
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,

    /// Write ASCII only, without colours and bars.
    #[arg(long)]
    pub(crate) plain: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}
