//! `clew metrics`: what senders measure, as a table; one metric with its series over time.

mod tally;

use serde_json::Value;

use crate::client::Client;
use crate::columns::{Align, aligned};
use crate::format::{self, MISSING};
use crate::line::{Line, Role, one_line};
use crate::options::{OutputArgs, ServerArgs};
use crate::output;
use crate::screen::Screen;

/// List metrics, or show what one of them says over time.
///
/// Metrics tell tokens and costs a second time where spans tell them too: they are shown, and never added to traces.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of a metric; the newest name of a renamed one finds the older ones too.
    #[arg(value_name = "NAME")]
    name: Option<String>,

    /// Group by these attributes of points or resources [default: what splits a known metric into kinds].
    #[arg(long, value_name = "ATTR[,ATTR]", requires = "name")]
    by: Option<String>,

    /// Only points of this time: `15m`, `24h`, `7d`, or `<from>~<to>` in UTC.
    #[arg(short = 't', long, value_name = "TIME")]
    since: Option<String>,

    /// Draw a curve of steps of this length: `30s`, `5m`, `1h`.
    #[arg(long, value_name = "LENGTH", requires = "name")]
    step: Option<String>,

    /// Print the answer of the API as one JSON object.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    server: ServerArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// The widest curve: more steps than that are joined.
const CURVE_COLUMNS_MAX: usize = 40;

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let screen = Screen::of_stdout(&args.output);
    let optional = [("t", &args.since), ("group_by", &args.by), ("step", &args.step)];
    let query: Vec<(&str, String)> = optional.into_iter().filter_map(|(key, value)| Some((key, value.clone()?))).collect();
    let path = match &args.name {
        Some(name) => client.in_project(&format!("metrics/{}", escaped(name))),
        None => client.in_project("metrics"),
    };
    let answer = client.get(&path, &query).await?;
    if args.json {
        return Ok(output::print_json(&answer)?);
    }
    let metrics = answer["metrics"].as_array().map(Vec::as_slice).unwrap_or_default();
    match &args.name {
        _ if metrics.is_empty() => eprintln!("no metric points in project `{}` in this time", client.project()),
        Some(_) => print_groups(metrics, &screen)?,
        None => print_list(metrics, &screen)?,
    }
    say_what_is_missing(&answer);
    Ok(())
}

/// Writes a name so that it is one part of a path.
pub(super) fn escaped(name: &str) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    name.bytes().map(|byte| if is_plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().filter(|text| !text.is_empty()).map_or(MISSING.to_owned(), one_line)
}

fn array<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn print_list(metrics: &[Value], screen: &Screen) -> anyhow::Result<()> {
    let mut cells = vec![["name", "measures", "kind", "series", "value", "last seen"].map(str::to_owned)];
    cells.extend(metrics.iter().map(|metric| {
        let kind = match metric["temporality"].as_str() {
            Some(temporality) => format!("{} {}", temporality, text(metric, "kind")),
            None => text(metric, "kind"),
        };
        let groups: Vec<String> = array(metric, "groups").iter().map(|group| group_value(group, metric)).collect();
        [text(metric, "name"), text(metric, "measure"), kind, metric["series_count"].to_string(), groups.join(" · "), last_seen(metric)]
    }));
    let (left, right) = (Align::Left, Align::Right);
    print_table(&aligned(&cells, [left, left, left, right, left, left]), screen)
}

/// Writes what a group says, behind the name of its kind where it has one.
fn group_value(group: &Value, metric: &Value) -> String {
    let value = tally::short(&group["total"], metric["unit"].as_str().unwrap_or_default());
    match group_name(group) {
        Some(name) => format!("{name} {value}"),
        None => value,
    }
}

fn group_name(group: &Value) -> Option<String> {
    if let Some(part) = group["part"].as_str() {
        return Some(part.to_owned());
    }
    let values: Vec<String> = group["by"].as_object()?.values().map(attribute).collect();
    (!values.is_empty()).then(|| values.join(" "))
}

fn attribute(value: &Value) -> String {
    match value {
        Value::String(text) => one_line(text),
        Value::Null => MISSING.to_owned(),
        other => other.to_string(),
    }
}

fn last_seen(metric: &Value) -> String {
    let nanos = metric["last_unix_nanos"].as_str().and_then(|nanos| nanos.parse::<i64>().ok()).unwrap_or_default();
    chrono::DateTime::from_timestamp_nanos(nanos).with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M:%S").to_string()
}

fn print_groups(metrics: &[Value], screen: &Screen) -> anyhow::Result<()> {
    for (index, metric) in metrics.iter().enumerate() {
        let mut lines = vec![headline(metric)];
        if metric["counted_in_traces"] == true {
            lines.push(Line::new().with(Role::Dim, "Traces tell this too: do not add the two up."));
        }
        if index > 0 {
            lines.insert(0, Line::new());
        }
        output::print_lines(&lines, screen)?;
        let mut cells = vec![["group", "series", "value", ""].map(str::to_owned)];
        cells.extend(array(metric, "groups").iter().map(|group| {
            let unit = metric["unit"].as_str().unwrap_or_default();
            let curve = if screen.ascii { String::new() } else { tally::curve(array(group, "steps"), CURVE_COLUMNS_MAX) };
            let name = group_name(group).unwrap_or_else(|| "all".to_owned());
            [name, group["series_count"].to_string(), tally::long(&group["total"], unit), curve]
        }));
        let (left, right) = (Align::Left, Align::Right);
        print_table(&aligned(&cells, [left, right, left, left]), screen)?;
    }
    Ok(())
}

/// Says what the metric is.
fn headline(metric: &Value) -> Line {
    let mut line = Line::new().with(Role::Strong, text(metric, "name"));
    let facts = ["measure", "temporality", "kind", "unit"].into_iter().filter_map(|field| metric[field].as_str());
    let services = array(metric, "services").iter().filter_map(Value::as_str);
    for fact in facts.chain(services).filter(|fact| !fact.is_empty()) {
        line.push(Role::Dim, format!(" · {}", one_line(fact)));
    }
    line
}

fn print_table(texts: &[String], screen: &Screen) -> anyhow::Result<()> {
    let line = |(index, text): (usize, &String)| Line::new().with(if index == 0 { Role::Dim } else { Role::Plain }, text);
    let lines: Vec<Line> = texts.iter().enumerate().map(line).collect();
    Ok(output::print_lines(&lines, screen)?)
}

/// Says on stderr where the answer covers less than was asked for.
fn say_what_is_missing(answer: &Value) {
    if answer["complete"] == false {
        let read = format::count_exact(answer["points_read"].as_u64().unwrap_or_default());
        eprintln!("only the newest {read} points were read; a shorter time with -t shows all of it");
    }
    for metric in array(answer, "metrics") {
        let shown = array(metric, "groups").len();
        if metric["group_count"].as_u64() > Some(shown as u64) {
            eprintln!("`{}`: {shown} of {} groups", text(metric, "name"), metric["group_count"]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_part_of_a_path() {
        assert_eq!(escaped("gen_ai.client.token.usage"), "gen_ai.client.token.usage");
        assert_eq!(escaped("a/b ü"), "a%2Fb%20%C3%BC");
    }
}
