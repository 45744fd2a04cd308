//! `clew explain`: where each value of a span came from.

use serde_json::Value;

use super::span_reference::{SpanPlace, SpanReference};
use crate::client::Client;
use crate::line::{Line, Role, one_line};
use crate::options::{OutputArgs, ServerArgs};
use crate::output;
use crate::screen::Screen;

/// Tell for each value of a span which attribute and rule gave it, and what nobody reads.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Span id, TRACE_ID/SPAN_ID, or the address of a span on the screen.
    #[arg(value_name = "SPAN")]
    span: SpanReference,

    /// Show what else was there for each value.
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

/// Longest value that is shown on a line of its field.
const VALUE_CHARS_MAX: usize = 60;

pub(crate) async fn run(mut args: Args) -> anyhow::Result<()> {
    args.span.choose_server(&mut args.server);
    let client = Client::new(&args.server)?;
    let SpanPlace { trace_id, span_id } = args.span.locate(&client).await?;
    let answer = client.get(&client.in_project(&format!("traces/{trace_id}/spans/{span_id}/explain")), &[]).await?;
    if args.json {
        return Ok(output::print_json(&answer)?);
    }
    let screen = Screen::of_stdout(&args.output);
    let lines = lines(&answer, args.all).into_iter().map(|line| match screen.columns {
        Some(columns) => line.cut(columns),
        None => line,
    });
    Ok(output::print_lines(&lines.collect::<Vec<_>>(), &screen)?)
}

fn lines(answer: &Value, all: bool) -> Vec<Line> {
    let span = &answer["span"];
    let head = Line::new()
        .with(Role::Strong, one_line(text(&span["name"])))
        .with(Role::Dim, format!("  {}  {} {}", text(&span["obs_type"]), text(&span["scope_name"]), text(&span["scope_version"])));
    let mut lines = vec![head];
    let sources = answer["sources"].as_array().map(Vec::as_slice).unwrap_or_default();
    let width = sources.iter().map(|source| text(&source["field"]).len()).max().unwrap_or(0);
    for source in sources {
        lines.push(source_line(source, span, width));
        for other in source["passed_over"].as_array().into_iter().flatten().filter(|_| all) {
            lines.push(Line::new().with(Role::Dim, format!("  {:width$}    not {}", "", text(other))));
        }
    }
    for change in answer["from_trace"].as_array().into_iter().flatten() {
        let line = Line::plain(format!("  {:width$}  ", text(&change["field"])))
            .with(Role::Strong, short(&change["in_trace"]))
            .with(Role::Dim, format!("  from the trace; alone it is {}", short(&change["alone"])));
        lines.push(line);
    }
    lines.push(Line::plain(format!("  {:width$}  ", "visibility")).with(Role::Dim, text(&answer["visibility_reason"])));
    for note in span["notes"].as_array().into_iter().flatten() {
        lines.push(Line::plain(format!("  {:width$}  ", "note")).with(Role::Plain, one_line(text(note))));
    }
    let unread: Vec<&str> = answer["unread"].as_array().into_iter().flatten().map(text).collect();
    if !unread.is_empty() {
        lines.push(Line::new().with(Role::Dim, format!("  no rule reads: {}", unread.join(", "))));
    }
    let (stored, today) = (&answer["stored_mapping_version"], &span["mapping_version"]);
    if stored != today {
        let hint = format!("  lists show this span as mapping {stored} understood it; `clew renormalize` brings it to {today}");
        lines.push(Line::new().with(Role::Warning, hint));
    }
    lines
}

fn source_line(source: &Value, span: &Value, width: usize) -> Line {
    let field = text(&source["field"]);
    let value = value_of(span, field).map(|value| format!("{value}  ")).unwrap_or_default();
    let mut from = format!("{} ({}, rank {}", text(&source["place"]), text(&source["dialect"]), source["rank"]);
    if let Some(reading) = source["reading"].as_str() {
        from.push_str(&format!(", {reading}"));
    }
    from.push(')');
    Line::plain(format!("  {field:width$}  ")).with(Role::Strong, value).with(Role::Dim, from)
}

/// The value of a field where it is a short one; contents stand in the span itself.
fn value_of(span: &Value, field: &str) -> Option<String> {
    let value = match field.split_once('.') {
        Some(("usage", unit)) => span["usage"].get(unit)?,
        Some(_) => return None,
        None if field == "kind" => &span["obs_type"],
        None if field == "ttft" => &span["ttft_nanos"],
        None => span.get(field)?,
    };
    let shown = short(value);
    (!value.is_null() && shown.chars().count() <= VALUE_CHARS_MAX).then_some(shown)
}

fn short(value: &Value) -> String {
    match value {
        Value::Null => "unknown".to_owned(),
        Value::String(text) => one_line(text),
        other => other.to_string(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
