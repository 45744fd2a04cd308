//! `clew status`: how the server is doing, on one screen; the same answer as the page "System health".

use chrono::{Local, NaiveTime, SecondsFormat, TimeZone, Utc};
use serde_json::Value;

use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::format::{self, MISSING};
use crate::line::{Line, Role, one_line};
use crate::options::{OutputArgs, ServerArgs};
use crate::output;
use crate::screen::Screen;

/// Show whether the server accepts, what comes in, what became of it, and what lies on disk.
///
/// Ends with exit code 1 while the server does not accept records.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Time of receipt that the ledger covers: `15m`, `24h`, `7d`, or `<from>~<to>` in UTC [default: today].
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
    let range = args.since.clone().unwrap_or_else(today);
    let answer = client.get("/api/v1/system", &[("t", range)]).await?;
    if args.json {
        output::print_json(&answer)?;
    } else {
        let received = args.since.as_ref().map_or("received today".to_owned(), |since| format!("received ({since})"));
        output::print_lines(&lines(&answer, &received), &screen)?;
    }
    match answer["state"]["name"].as_str() {
        Some("accepting") => Ok(()),
        _ => Err(Failure::said(Exit::Failed).into()),
    }
}

/// From midnight here; a zone that skips midnight has its day begin in UTC.
fn today() -> String {
    let midnight = Local::now().date_naive().and_time(NaiveTime::MIN);
    let began = Local.from_local_datetime(&midnight).earliest().map_or_else(|| midnight.and_utc(), |local| local.with_timezone(&Utc));
    format!("{}~", began.to_rfc3339_opts(SecondsFormat::Secs, true))
}

fn lines(answer: &Value, received: &str) -> Vec<Line> {
    let now = nanos(&answer["now_unix_nanos"]).unwrap_or_default();
    let mut lines = vec![headline(answer)];
    lines.extend(place(answer));
    lines.push(Line::new());
    lines.extend(ingest(answer));
    lines.push(Line::new());
    lines.extend(ledger(&answer["ledger"]["counts"], received));
    lines.extend(refused(answer, now));
    lines.push(Line::new());
    lines.extend(storage(answer));
    lines.extend(retention(answer));
    lines.extend(damaged(answer));
    lines
}

fn headline(answer: &Value) -> Line {
    let state = &answer["state"];
    let (role, word) = match state["name"].as_str() {
        Some("accepting") => (Role::Good, "accepting"),
        Some("held_up") => (Role::Warning, "held up"),
        Some("stopped") => (Role::Bad, "stopped"),
        _ => (Role::Warning, "unknown"),
    };
    let up = nanos(&answer["uptime_nanos"]).map_or(MISSING.to_owned(), format::duration);
    let version = text(&answer["about"]["version"]);
    let line = Line::new().with(role, word).with(Role::Plain, format!(" · clew {version} · up {up}"));
    match state["reason"].as_str() {
        Some(reason) => line.with(role, format!(" · {}", one_line(reason))),
        None => line,
    }
}

fn place(answer: &Value) -> Vec<Line> {
    let (about, storage) = (&answer["about"], &answer["storage"]);
    let room = match (storage["disk_free_bytes"].as_u64(), storage["disk_total_bytes"].as_u64()) {
        (Some(free), Some(total)) => format!(" · {} free of {}", format::bytes(free), format::bytes(total)),
        _ => String::new(),
    };
    vec![row("HTTP", text(&about["http"])), row("gRPC", text(&about["grpc"])), row("data", format!("{}{room}", text(&about["data_dir"])))]
}

fn ingest(answer: &Value) -> Vec<Line> {
    let (ingest, appends) = (&answer["ingest"], &answer["appends"]);
    let records = ingest["records_per_second"].as_f64().unwrap_or_default();
    let bytes = ingest["bytes_per_second"].as_f64().unwrap_or_default();
    let seconds = ingest["seconds"].as_u64().unwrap_or_default();
    let mut lines =
        vec![row("ingest", format!("{} records/s · {}/s over the last {seconds} s", rate(records), format::bytes(bytes as u64)))];
    for protocol in array(&ingest["protocols"]) {
        let requests = count(&protocol["requests_accepted"]) + count(&protocol["requests_refused"]);
        let records = format::count_exact(count(&protocol["records"]));
        let sent = format::bytes(count(&protocol["bytes"]));
        let name = text(&protocol["protocol"]);
        lines.push(row("", format!("{name}: {} · {records} records · {sent}", format::plural(requests as usize, "request"))));
    }
    if let (Some(half), Some(most), Some(longest)) =
        (nanos(&appends["p50_nanos"]), nanos(&appends["p95_nanos"]), nanos(&appends["longest_nanos"]))
    {
        let batches = format::count_exact(count(&appends["count"]));
        let [half, most, longest] = [half, most, longest].map(format::duration);
        lines.push(row("on disk", format!("{batches} batches · half within {half} · 95% within {most} · longest {longest}")));
    }
    lines
}

fn rate(records: f64) -> String {
    if records < 10.0 { format!("{records:.1}") } else { format::count(records.round() as u64) }
}

fn ledger(counts: &Value, received: &str) -> Vec<Line> {
    let mut lines = vec![Line::new().with(Role::Strong, format!("{} {received}", format::count_exact(count(&counts["received"]))))];
    for (name, field) in [("stored", "stored"), ("updated", "updated"), ("duplicate", "duplicate"), ("sampled out", "sampled_out")] {
        lines.push(row(name, format::count_exact(count(&counts[field]))));
    }
    let reasons: Vec<(&String, u64)> =
        counts["rejected"].as_object().into_iter().flatten().map(|(reason, number)| (reason, count(number))).collect();
    let rejected = format::count_exact(reasons.iter().map(|(_, number)| number).sum());
    lines.push(row("rejected", rejected));
    lines.extend(reasons.into_iter().map(|(reason, number)| row("", format!("{} {}", format::count_exact(number), one_line(reason)))));
    lines
}

fn refused(answer: &Value, now: u64) -> Vec<Line> {
    let of_status = |refused: &Value| {
        let ago = nanos(&refused["last_unix_nanos"]).map_or(MISSING.to_owned(), |last| format::ago(last, now));
        let (status, reason) = (&refused["status"], text(&refused["reason"]).replace('_', " "));
        let requests = format::plural(count(&refused["requests"]) as usize, "request");
        row("refused", format!("{requests} with {status} ({reason}), the last {ago}: {}", text(&refused["last_detail"])))
    };
    array(&answer["refused"]).iter().map(of_status).collect()
}

fn storage(answer: &Value) -> Vec<Line> {
    let storage = &answer["storage"];
    let rows = |field: &str| format::plural(count(&storage[field]) as usize, "row");
    let bytes = |field: &str| format::bytes(count(&storage[field]));
    let segments = format::plural(count(&storage["segments"]) as usize, "segment");
    vec![
        row("memory", format!("{} · {}", rows("memory_rows"), bytes("memory_bytes"))),
        row("log", bytes("wal_bytes")),
        row("disk", format!("{segments} · {} · {}", rows("segment_rows"), bytes("segment_bytes"))),
    ]
}

fn retention(answer: &Value) -> Vec<Line> {
    let retention = &answer["retention"];
    if !retention.is_object() {
        return Vec::new();
    }
    let length = |keep: &Value| keep.as_u64().map_or("for good".to_owned(), |seconds| format::duration(seconds * 1_000_000_000));
    let projects =
        array(&retention["projects"]).iter().map(|project| format!("{} {}", text(&project["project"]), length(&project["keep_seconds"])));
    let limits: Vec<String> = [length(&retention["keep_seconds"])].into_iter().chain(projects).collect();
    let now = nanos(&answer["now_unix_nanos"]).unwrap_or_default();
    let applied =
        nanos(&retention["applied_unix_nanos"]).map_or("not applied yet".to_owned(), |last| format!("applied {}", format::ago(last, now)));
    let gone = format::plural(count(&retention["traces"]) as usize, "trace");
    vec![row("kept", format!("{} · {applied} · {gone} removed since the start", limits.join(", ")))]
}

fn damaged(answer: &Value) -> Vec<Line> {
    let line = |damage: &Value| {
        Line::new()
            .with(Role::Bad, format!("  {:<12}", "damaged"))
            .with(Role::Plain, format!("{}: {}", text(&damage["name"]), text(&damage["reason"])))
    };
    array(&answer["damaged"]).iter().map(line).collect()
}

fn row(name: &str, what: impl Into<String>) -> Line {
    Line::new().with(Role::Dim, format!("  {name:<12}")).with(Role::Plain, what)
}

fn text(value: &Value) -> String {
    value.as_str().map_or(MISSING.to_owned(), one_line)
}

fn nanos(value: &Value) -> Option<u64> {
    value.as_str()?.parse().ok()
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrong_is_said_first_and_in_words() {
        let answer = json!({
            "now_unix_nanos": "1790000000000000000",
            "about": {"version": "0.1.0", "http": "http://127.0.0.1:4318", "grpc": "http://127.0.0.1:4317", "data_dir": "/var/lib/clew"},
            "uptime_nanos": "7500000000000",
            "state": {"name": "stopped", "reason": "the disk is full"},
            "ingest": {"records_per_second": 1234.5, "bytes_per_second": 48200.0, "seconds": 10, "records_by_second": [],
                       "protocols": [{"protocol": "grpc", "requests_accepted": 1, "requests_refused": 0, "records": 512, "bytes": 90000}]},
            "appends": {"count": 12, "p50_nanos": "5000000", "p95_nanos": "25000000", "longest_nanos": "112000000"},
            "ledger": {"counts": {"received": 515, "stored": 500, "updated": 2, "duplicate": 10, "sampled_out": 0, "rejected": {"no_trace_id": 3}}},
            "refused": [{"status": 429, "reason": "receivers_full", "requests": 4, "last_unix_nanos": "1789999820000000000",
                         "last_detail": "1024 requests are being received already"}],
            "storage": {"memory_rows": 12, "memory_bytes": 3100000, "wal_bytes": 3400000, "segments": 1, "segment_rows": 120000,
                        "segment_bytes": 44000000, "disk_free_bytes": 12300000000_u64, "disk_total_bytes": 100000000000_u64},
            "retention": {"keep_seconds": 2592000, "projects": [{"project": "chat", "keep_seconds": 604800}],
                          "applied_unix_nanos": "1789999820000000000", "traces": 12, "spans": 30, "logs": 0, "points": 0},
            "damaged": [{"name": "segments/7", "reason": "checksum does not match"}]
        });
        let screen = Screen { color: false, ascii: false, columns: None };
        let shown: Vec<String> = lines(&answer, "received today").iter().map(|line| line.paint(&screen)).collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        stopped · clew 0.1.0 · up 2h 05m · the disk is full
          HTTP        http://127.0.0.1:4318
          gRPC        http://127.0.0.1:4317
          data        /var/lib/clew · 12.3 GB free of 100.0 GB

          ingest      1.2k records/s · 48.2 kB/s over the last 10 s
                      grpc: 1 request · 512 records · 90.0 kB
          on disk     12 batches · half within 5ms · 95% within 25ms · longest 112ms

        515 received today
          stored      500
          updated     2
          duplicate   10
          sampled out 0
          rejected    3
                      3 no_trace_id
          refused     4 requests with 429 (receivers full), the last 3 min ago: 1024 requests are being received already

          memory      12 rows · 3.1 MB
          log         3.4 MB
          disk        1 segment · 120,000 rows · 44.0 MB
          kept        30d 00h, chat 7d 00h · applied 3 min ago · 12 traces removed since the start
          damaged     segments/7: checksum does not match
        "#);
    }
}
