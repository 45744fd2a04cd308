//! `clew doctor`: what is wrong when nothing arrives, and what to do about it.

mod checks;
mod probe;

use serde_json::{Value, json};

use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::line::{Line, Role};
use crate::options::{OutputArgs, ServerArgs};
use crate::output;
use crate::screen::Screen;

/// Check the server, its ports, its clock and disk, and send a probe from end to end.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    server: ServerArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// One thing looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    name: &'static str,
    outcome: Outcome,
    detail: String,
    /// What to do, as a full sentence.
    fix: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Fine,
    Failed,
    /// Worth knowing, and no fault.
    Noted,
}

impl Check {
    fn fine(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Fine, detail: detail.into(), fix: None }
    }

    fn noted(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Noted, detail: detail.into(), fix: None }
    }

    fn failed(name: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Failed, detail: detail.into(), fix: Some(fix.into()) }
    }

    fn with_fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let screen = Screen::of_stdout(&args.output);
    let mut report = Report { json: args.json, screen: &screen, checks: Vec::new() };
    let (server, about) = checks::server(&client).await;
    report.add(server)?;
    if let Some(about) = &about {
        report.add(checks::version(about))?;
        report.add(checks::clock(&client).await)?;
        report.add(checks::grpc_port(about).await)?;
        report.add(checks::disk(about))?;
        report.add(probe::end_to_end(&client).await)?;
        for check in checks::arrivals(&client).await {
            report.add(check)?;
        }
        for check in checks::instrumentations(&client).await {
            report.add(check)?;
        }
    }
    report.finish(about.is_some())
}

/// Prints each check as soon as it is known; as JSON, all of them at the end.
struct Report<'a> {
    json: bool,
    screen: &'a Screen,
    checks: Vec<Check>,
}

impl Report<'_> {
    fn add(&mut self, check: Check) -> std::io::Result<()> {
        if !self.json {
            output::print_lines(&lines(&check, self.screen.ascii), self.screen)?;
        }
        self.checks.push(check);
        Ok(())
    }

    fn finish(self, is_reachable: bool) -> anyhow::Result<()> {
        let failed = self.checks.iter().any(|check| check.outcome == Outcome::Failed);
        if self.json {
            output::print_json(&json!({ "ok": !failed, "checks": self.checks.iter().map(check_json).collect::<Vec<_>>() }))?;
        }
        match (failed, is_reachable) {
            (false, _) => Ok(()),
            (true, true) => Err(Failure::said(Exit::Failed).into()),
            (true, false) => Err(Failure::said(Exit::Unreachable).into()),
        }
    }
}

fn lines(check: &Check, ascii: bool) -> Vec<Line> {
    let (role, mark) = match (check.outcome, ascii) {
        (Outcome::Fine, false) => (Role::Good, "✓"),
        (Outcome::Fine, true) => (Role::Good, "+"),
        (Outcome::Failed, false) => (Role::Bad, "✗"),
        (Outcome::Failed, true) => (Role::Bad, "x"),
        (Outcome::Noted, false) => (Role::Dim, "–"),
        (Outcome::Noted, true) => (Role::Dim, "-"),
    };
    let first = Line::new().with(role, mark).with(Role::Plain, format!(" {:<12} {}", check.name, check.detail));
    let fix = check.fix.as_ref().map(|fix| Line::plain("    ").with(Role::Strong, fix.as_str()));
    std::iter::once(first).chain(fix).collect()
}

fn check_json(check: &Check) -> Value {
    let ok = match check.outcome {
        Outcome::Fine => Value::Bool(true),
        Outcome::Failed => Value::Bool(false),
        Outcome::Noted => Value::Null,
    };
    let mut object = json!({ "name": check.name, "ok": ok, "detail": check.detail });
    if let Some(fix) = &check.fix {
        object["fix"] = json!(fix);
    }
    object
}
