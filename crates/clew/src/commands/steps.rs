//! `clew steps`: which steps ran, what their outputs say, and how the values at one place are distributed.

mod bars;

use serde_json::Value;

use super::metrics::escaped;
use crate::client::Client;
use crate::columns::{Align, aligned};
use crate::format::{self, MISSING};
use crate::line::{Line, Role, one_line};
use crate::options::{OutputArgs, ServerArgs};
use crate::output;
use crate::screen::Screen;

/// List the steps of workflows, what one of them puts out, or how one value of its outputs is distributed.
///
/// Outputs are those of the last runs: `clew steps triage` lists their places, `clew steps triage classification` draws one.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of a step.
    #[arg(value_name = "STEP")]
    step: Option<String>,

    /// Place in the step's output: keys with points between, `[*]` for the elements of a list, `$` for the output itself.
    #[arg(value_name = "PATH")]
    path: Option<String>,

    /// Look at so many of the last runs, at most 1000 [default: 1000].
    #[arg(long, value_name = "RUNS", requires = "step")]
    last: Option<usize>,

    /// Split the runs by a field, an attribute or a place, as `release` or `metadata.plan`; `model` is the model asked for.
    #[arg(long, value_name = "FIELD", requires = "path")]
    by: Option<String>,

    /// Only runs of this time: `15m`, `24h`, `7d`, or `<from>~<to>` in UTC.
    #[arg(short = 't', long, value_name = "TIME")]
    since: Option<String>,

    /// Print the answer of the API as one JSON object.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    server: ServerArgs,

    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let screen = Screen::of_stdout(&args.output);
    let by = args.by.map(|field| if field == "model" { "request_model".to_owned() } else { field });
    let optional = [("t", args.since), ("last", args.last.map(|last| last.to_string())), ("by", by)];
    let query: Vec<(&str, String)> = optional.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    let words = [Some("steps".to_owned()), args.step.as_deref().map(escaped), args.path.as_deref().map(escaped)];
    let address: Vec<String> = words.into_iter().flatten().collect();
    let answer = client.get(&client.in_project(&address.join("/")), &query).await?;
    if args.json {
        return Ok(output::print_json(&answer)?);
    }
    if answer["runs"] == 0 || answer["steps"].as_array().is_some_and(Vec::is_empty) {
        let what = args.step.map_or("no steps".to_owned(), |step| format!("no runs of `{step}`"));
        eprintln!("{what} in project `{}` in this time", client.project());
        return Ok(());
    }
    let lines = match (&args.step, &args.path) {
        (None, _) => step_lines(&answer),
        (Some(_), None) => place_lines(&answer),
        (Some(_), Some(_)) => bars::lines(&answer, &screen),
    };
    Ok(output::print_lines(&lines, &screen)?)
}

fn array<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

fn nanos(value: &Value) -> Option<u64> {
    value.as_str()?.parse().ok()
}

fn table(texts: Vec<String>) -> Vec<Line> {
    let line = |(index, text)| Line::new().with(if index == 0 { Role::Dim } else { Role::Plain }, text);
    texts.into_iter().enumerate().map(line).collect()
}

fn step_lines(answer: &Value) -> Vec<Line> {
    let duration = |value: &Value| nanos(value).map_or(MISSING.to_owned(), format::duration);
    let mut cells = vec![["step", "runs", "errors", "p50", "p95", "last run"].map(str::to_owned)];
    cells.extend(array(answer, "steps").iter().map(|step| {
        let name = one_line(step["name"].as_str().unwrap_or_default());
        let [runs, errors] = ["runs", "error_count"].map(|field| format::count_exact(number(&step[field])));
        let last = nanos(&step["last_unix_nanos"]).map_or(MISSING.to_owned(), moment);
        [name, runs, errors, duration(&step["duration_p50_nanos"]), duration(&step["duration_p95_nanos"]), last]
    }));
    let (left, right) = (Align::Left, Align::Right);
    table(aligned(&cells, [left, right, right, right, right, left]))
}

fn moment(unix_nanos: u64) -> String {
    let moment = chrono::DateTime::from_timestamp_nanos(i64::try_from(unix_nanos).unwrap_or(i64::MAX));
    moment.with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M:%S").to_string()
}

fn place_lines(answer: &Value) -> Vec<Line> {
    let runs = number(&answer["runs"]);
    let mut cells = vec![["output", "known", "type", "different", "most frequent"].map(str::to_owned)];
    cells.extend(array(answer, "paths").iter().map(|place| {
        let distribution = &place["distribution"];
        let types: Vec<&str> = distribution["types"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let top: Vec<String> = array(distribution, "top").iter().take(3).map(|top| bars::value_text(&top["value"])).collect();
        let known = share(number(&distribution["runs_known"]), runs);
        let path = one_line(place["path"].as_str().unwrap_or_default());
        [path, known, types.join(" | "), format::count_exact(number(&distribution["distinct"])), top.join(" · ")]
    }));
    let (left, right) = (Align::Left, Align::Right);
    let mut lines = vec![bars::headline(answer, None), Line::new()];
    lines.extend(table(aligned(&cells, [left, right, left, right, left])));
    lines
}

/// Writes a share in percent; what is there is never 0 %, and what is missing never makes 100 %.
fn share(part: u64, whole: u64) -> String {
    match (part, whole) {
        (_, 0) => MISSING.to_owned(),
        (0, _) => "0%".to_owned(),
        (part, whole) if part >= whole => "100%".to_owned(),
        (part, whole) => match (part as f64 * 100.0 / whole as f64).round() as u64 {
            0 => "<1%".to_owned(),
            100 => ">99%".to_owned(),
            percent => format!("{percent}%"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_says_whether_anything_is_missing() {
        let cases = [(0, 9, "0%"), (1, 1_000, "<1%"), (1, 3, "33%"), (999, 1_000, ">99%"), (9, 9, "100%"), (0, 0, "—")];
        for (part, whole, text) in cases {
            assert_eq!(share(part, whole), text);
        }
    }
}
