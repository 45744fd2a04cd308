//! `clew cost`: how a span's cost comes about.

use chrono::{DateTime, SecondsFormat};
use serde_json::Value;

use super::span_reference::{SpanPlace, SpanReference};
use crate::client::Client;
use crate::columns::{Align, aligned};
use crate::format;
use crate::line::{Line, Role, one_line};
use crate::options::{OutputArgs, ServerArgs};
use crate::output;
use crate::screen::Screen;

/// Tell how the cost of a span comes about.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Explain(ExplainArgs),
}

/// Show the price table's entry, each line of the calculation, and what was chosen why.
#[derive(Debug, clap::Args)]
struct ExplainArgs {
    /// Span id, TRACE_ID/SPAN_ID, or the address of a span on the screen.
    #[arg(value_name = "SPAN")]
    span: SpanReference,

    /// Print the answer of the API as one JSON object.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    server: ServerArgs,

    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    match args.command {
        Command::Explain(args) => explain(args).await,
    }
}

async fn explain(mut args: ExplainArgs) -> anyhow::Result<()> {
    args.span.choose_server(&mut args.server);
    let client = Client::new(&args.server)?;
    let SpanPlace { trace_id, span_id } = args.span.locate(&client).await?;
    let answer = client.get(&client.in_project(&format!("traces/{trace_id}/spans/{span_id}/cost")), &[]).await?;
    if args.json {
        return Ok(output::print_json(&answer)?);
    }
    let screen = Screen::of_stdout(&args.output);
    let lines = lines(&answer).into_iter().map(|line| match screen.columns {
        Some(columns) => line.cut(columns),
        None => line,
    });
    Ok(output::print_lines(&lines.collect::<Vec<_>>(), &screen)?)
}

fn lines(answer: &Value) -> Vec<Line> {
    let mut lines =
        vec![Line::new().with(Role::Strong, one_line(text(&answer["name"]))).with(Role::Dim, format!("  {}", text(&answer["span_id"])))];
    let mut fact = |name: &str, text: String| lines.push(Line::new().with(Role::Dim, format!("  {name:<9}")).with(Role::Plain, text));
    fact("model", model(answer));
    if let Some(matched) = answer.get("match") {
        let entry: Vec<&str> = [&matched["provider"], &matched["model"]].into_iter().filter_map(Value::as_str).collect();
        fact("price", format!("{} in {}: {}", entry.join("/"), text(&matched["table"]), text(&matched["how"])));
    }
    fact("time", time(answer));
    lines.extend(bill(answer).into_iter().map(|line| Line::plain(format!("  {line}"))));
    let mut fact = |name: &str, text: String| lines.push(Line::new().with(Role::Dim, format!("  {name:<9}")).with(Role::Plain, text));
    if let Some(reason) = answer["cost_reason"].as_str() {
        fact("reason", reason.to_owned());
    }
    let cost = answer["cost_usd"].as_str().map(|usd| format!("${usd}: ")).unwrap_or_default();
    fact("chosen", format!("{cost}{}", text(&answer["choice"])));
    fact("billing", format!("{}: {}", text(&answer["billing"]), text(&answer["billing_reason"])));
    for note in answer["notes"].as_array().into_iter().flatten() {
        fact("note", one_line(text(note)));
    }
    let stored = &answer["stored"];
    if stored["differs"] == true {
        let source = stored["cost_source"].as_str().map(|source| format!(" by {source}")).unwrap_or_default();
        let hint = format!("  stored   {}{source}: lists and sums show this, the tables have changed since", dollars(&stored["cost_usd"]));
        lines.push(Line::new().with(Role::Warning, hint));
    }
    lines
}

fn model(answer: &Value) -> String {
    let names: Vec<&str> = ["response_model", "request_model"].into_iter().filter_map(|field| answer[field].as_str()).collect();
    let name = match names[..] {
        [] => "unknown".to_owned(),
        [answered, asked] if answered != asked => format!("{answered} (asked as {asked})"),
        [name, ..] => name.to_owned(),
    };
    match answer["provider"].as_str() {
        Some(provider) => format!("{name} of {provider}"),
        None => format!("{name}, provider unknown"),
    }
}

fn time(answer: &Value) -> String {
    let nanos = text(&answer["start_unix_nanos"]).parse().unwrap_or_default();
    let mut parts = vec![DateTime::from_timestamp_nanos(nanos).to_rfc3339_opts(SecondsFormat::Secs, true)];
    parts.extend(answer["service_tier"].as_str().map(|tier| format!("tier {tier}")));
    parts.extend(answer["processing"].as_str().map(|processing| format!("processing {processing}")));
    parts.join(", ")
}

/// The lines of the bill, then what they add up to and what was reported.
fn bill(answer: &Value) -> Vec<String> {
    let mut rows = Vec::new();
    for line in answer["lines"].as_array().into_iter().flatten() {
        let per = match line["per"].as_u64() {
            Some(1_000_000) => "per million",
            _ => "each",
        };
        let above = line["above_input_tokens"].as_u64().map(|tokens| format!("above {} input tokens", format::count_exact(tokens)));
        let count = line["count"].as_u64().map_or(format::MISSING.to_owned(), format::count_exact);
        let price = format!("{} {per}", dollars(&line["unit_price_usd"]));
        rows.push([text(&line["unit"]).to_owned(), count, price, dollars(&line["cost_usd"]), above.unwrap_or_default()]);
    }
    let mut sum = |name: &str, cost: &Value, note: &str| {
        rows.push([name.to_owned(), String::new(), String::new(), dollars(cost), note.to_owned()]);
    };
    if !answer["cost_computed_usd"].is_null() {
        sum("computed", &answer["cost_computed_usd"], "");
    }
    if !answer["cost_reported_usd"].is_null() {
        sum("reported", &answer["cost_reported_usd"], text(&answer["cost_reported_place"]));
    }
    let (left, right) = (Align::Left, Align::Right);
    aligned(&rows, [left, right, right, right, left])
}

fn dollars(usd: &Value) -> String {
    usd.as_str().map_or("no cost".to_owned(), |usd| format!("${usd}"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::Screen;

    fn page(answer: &Value) -> String {
        let screen = Screen { color: false, ascii: false, columns: None };
        lines(answer).iter().map(|line| line.paint(&screen) + "\n").collect()
    }

    #[test]
    fn a_calculation_is_an_aligned_table() {
        insta::assert_snapshot!(page(&serde_json::json!({
            "name": "chat", "span_id": "b7ad6b7169203331", "start_unix_nanos": "1790000000000000000", "provider": "gcp.vertex_ai",
            "request_model": "gemini-2.5-pro", "response_model": "gemini-2.5-pro-001", "service_tier": "flex",
            "match": {"table": "genai-prices 0.2", "provider": "google", "model": "gemini-2.5-pro",
                      "how": "provider `gcp.vertex_ai` is `google` in the table"},
            "lines": [
                {"unit": "input_tokens", "count": 300000, "unit_price_usd": "2.5", "per": 1000000, "cost_usd": "0.75", "above_input_tokens": 200000},
                {"unit": "web_searches", "count": 2, "unit_price_usd": "0.035", "per": 1, "cost_usd": "0.07"}
            ],
            "cost_computed_usd": "0.82", "cost_reported_usd": "0.9", "cost_reported_place": "attribute gen_ai.usage.cost",
            "cost_usd": "0.9", "cost_status": "priced", "choice": "the sender's own figure goes before the computed one",
            "billing": "leaf", "billing_reason": "a call by itself, its cost enters the trace's sum",
            "notes": ["the table has no other price for `flex` of this model at this time"],
            "stored": {"cost_usd": "0.1", "cost_source": "own table, version 2", "differs": true}
        })));
    }

    #[test]
    fn a_span_without_a_price_says_why() {
        insta::assert_snapshot!(page(&serde_json::json!({
            "name": "chat", "span_id": "b7ad6b7169203331", "start_unix_nanos": "1790000000000000000", "request_model": "our-model", "lines": [],
            "cost_status": "no_price", "cost_reason": "no price table knows model `our-model`, and no provider is named",
            "choice": "no cost is reported, and none can be computed", "billing": "leaf", "billing_reason": "a call by itself", "notes": [],
            "stored": {"differs": false}
        })));
    }
}
