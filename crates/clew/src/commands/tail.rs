//! `clew tail`: traces as they come.

use std::collections::HashSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::client::{Client, Events, TraceDetail, TraceSummary};
use crate::failure::{Exit, Failure};
use crate::options::{OutputArgs, ServerArgs};
use crate::output;
use crate::screen::Screen;
use crate::table;
use crate::tree::{self, TreeOptions};

/// Show the newest traces, and with -f those that come.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Keep running and print each trace that is new or has changed.
    #[arg(short, long)]
    follow: bool,

    /// Print trees in place of rows.
    #[arg(long)]
    tree: bool,

    /// So many of the newest traces first.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
    lines: usize,

    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    server: ServerArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Pause before a broken stream is opened again, doubled with each attempt.
const RECONNECT_FIRST: Duration = Duration::from_millis(500);
const RECONNECT_MAX: Duration = Duration::from_secs(15);

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let printer = Printer { client: &client, screen: Screen::of_stdout(&args.output), args: &args };
    // Opened first, so that nothing falls between what was and what comes.
    let stream = if args.follow { Some(open_stream(&client, None).await?) } else { None };
    printer.print_newest().await?;
    match stream {
        Some(stream) => follow(&printer, stream).await,
        None => Ok(()),
    }
}

type Stream = Events<std::pin::Pin<Box<dyn futures::Stream<Item = Result<bytes::Bytes, reqwest::Error>> + Send>>>;

async fn open_stream(client: &Client, last_id: Option<&str>) -> Result<Stream, Failure> {
    let mut request = client.request(Method::GET, &client.in_project("stream"));
    if let Some(id) = last_id {
        request = request.header("last-event-id", id);
    }
    let answer = client.send(request).await?;
    if !answer.status().is_success() {
        return Err(Failure::new(
            Exit::Failed,
            format!("cannot follow project `{}`: the server answered {}", client.project(), answer.status()),
        ));
    }
    Ok(Events::new(Box::pin(answer.bytes_stream())))
}

async fn follow(printer: &Printer<'_>, mut stream: Stream) -> anyhow::Result<()> {
    let mut last_id: Option<String> = None;
    loop {
        while let Some(event) = stream.next().await {
            let printed = match event.name.as_str() {
                "traces" => printer.print_changed(&event.data).await,
                "reset" => printer.print_newest().await,
                _ => Ok(()),
            };
            match printed {
                // Only what was printed counts as seen: the rest is sent again once the server is back.
                Err(error) if exit_of(&error) == Some(Exit::Unreachable) => break,
                printed => printed?,
            }
            last_id = event.id.or(last_id);
        }
        stream = reconnect(printer.client, last_id.as_deref()).await;
    }
}

fn exit_of(error: &anyhow::Error) -> Option<Exit> {
    error.downcast_ref::<Failure>().map(|failure| failure.exit)
}

/// Waits until the server is back; what came meanwhile is sent then.
async fn reconnect(client: &Client, last_id: Option<&str>) -> Stream {
    let mut pause = RECONNECT_FIRST;
    eprintln!("the connection to {} has ended; trying again (Ctrl-C ends)", client.base());
    loop {
        tokio::time::sleep(pause).await;
        if let Ok(stream) = open_stream(client, last_id).await {
            eprintln!("connected again");
            return stream;
        }
        pause = (pause * 2).min(RECONNECT_MAX);
    }
}

struct Printer<'a> {
    client: &'a Client,
    screen: Screen,
    args: &'a Args,
}

impl Printer<'_> {
    /// Prints the newest traces, oldest of them first, as a log reads.
    async fn print_newest(&self) -> anyhow::Result<()> {
        if self.args.lines == 0 {
            return Ok(());
        }
        let query = [("sort", "-start".to_owned()), ("limit", self.args.lines.to_string())];
        let page = self.client.get(&self.client.in_project("traces"), &query).await?;
        let traces = page.get("traces").and_then(Value::as_array).cloned().unwrap_or_default();
        if traces.is_empty() && !self.args.follow {
            eprintln!("no traces in project `{}`; `clew demo` sends some, `clew doctor` tells what arrives", self.client.project());
        }
        for trace in traces.iter().rev() {
            match trace.get("trace_id").and_then(Value::as_str) {
                Some(id) if self.args.tree => self.print_trace(id).await?,
                _ => self.print_summary(trace)?,
            }
        }
        Ok(())
    }

    /// Prints the traces that an event names, each once.
    async fn print_changed(&self, data: &str) -> anyhow::Result<()> {
        let data: Value = serde_json::from_str(data)?;
        let mut seen = HashSet::new();
        let ids = data.get("trace_ids").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for id in ids.filter(|id| seen.insert(*id)) {
            match self.print_trace(id).await {
                // Deleted between the news and the question.
                Err(error) if exit_of(&error) == Some(Exit::NotFound) => {}
                printed => printed?,
            }
        }
        Ok(())
    }

    async fn print_trace(&self, trace_id: &str) -> anyhow::Result<()> {
        let path = self.client.in_project(&format!("traces/{trace_id}"));
        let only_summary = !self.args.tree || self.args.json;
        // The tree counts documents and names the best score, and these are content.
        let query: &[_] = if only_summary { &[("content", "none".to_owned())] } else { &[] };
        let answer = self.client.get(&path, query).await?;
        if only_summary {
            return self.print_summary(answer.get("trace").unwrap_or(&Value::Null));
        }
        let detail: TraceDetail = serde_json::from_value(answer)?;
        let options = TreeOptions { columns: self.screen.columns, ..TreeOptions::default() };
        Ok(output::print_lines(&tree::lines(&detail, &options), &self.screen)?)
    }

    fn print_summary(&self, trace: &Value) -> anyhow::Result<()> {
        if self.args.json {
            return Ok(output::print_json(trace)?);
        }
        let summary: TraceSummary = serde_json::from_value(trace.clone())?;
        let row = table::row(&summary, &chrono::Local, self.screen.columns);
        Ok(output::print_lines([&row], &self.screen)?)
    }
}
