//! Options that several commands share.

use clap::{Args, ValueEnum};
use wire::Signal;

use crate::env_vars;

/// Where `clew serve` listens unless told otherwise.
pub(crate) const DEFAULT_SERVER: &str = "http://127.0.0.1:4318";

/// Where the server is, for every command that asks one.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct ServerArgs {
    /// Address of the server.
    #[arg(long, value_name = "URL", env = env_vars::SERVER, hide_env_values = true, default_value = DEFAULT_SERVER)]
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

/// An OTLP signal by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SignalChoice {
    Traces,
    Logs,
    Metrics,
}

impl From<SignalChoice> for Signal {
    fn from(choice: SignalChoice) -> Self {
        match choice {
            SignalChoice::Traces => Self::Traces,
            SignalChoice::Logs => Self::Logs,
            SignalChoice::Metrics => Self::Metrics,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}
