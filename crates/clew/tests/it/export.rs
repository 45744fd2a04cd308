//! What goes out comes in elsewhere, and is the same there.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::RawSpan;
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};
use wire::{Format, Incoming, Limits, Signal, raw};

use crate::running::{Server, fixture};

/// A server on a directory of its own.
struct Place {
    server: Server,
    _data: TempDir,
}

impl Place {
    fn new() -> Self {
        let data = tempdir().unwrap();
        Self { server: Server::start(data.path()), _data: data }
    }

    fn send(&self, project: Option<&str>, path: &Path) -> Value {
        let mut words = vec!["send", "--json", path.to_str().unwrap()];
        words.extend(project.iter().flat_map(|project| ["--project", project]));
        serde_json::from_str(&self.server.text(&words)).unwrap()
    }

    fn export(&self, project: &str, folder: &Path) -> Value {
        serde_json::from_str(&self.server.text(&["export", "--otlp", "--json", "--project", project, "--out", folder.to_str().unwrap()]))
            .unwrap()
    }

    fn get(&self, path: &str) -> Value {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { reqwest::get(format!("{}/api/v1/{path}", self.server.http)).await.unwrap().json().await.unwrap() })
    }

    fn ledger(&self) -> Value {
        self.get("ledger")
    }

    fn projects(&self) -> Vec<String> {
        let answer = self.get("projects");
        answer["projects"].as_array().unwrap().iter().map(|project| project["slug"].as_str().unwrap().to_owned()).collect()
    }

    /// The whole answer of every trace of every project, by project and trace id.
    fn traces(&self) -> BTreeMap<String, String> {
        let mut answers = BTreeMap::new();
        for project in self.projects() {
            let listed = self.server.text(&["traces", "--json", "--all", "--project", &project]);
            for trace in listed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
                let path = format!("projects/{project}/traces/{}", trace["trace_id"].as_str().unwrap());
                answers.insert(path.clone(), self.get(&path).to_string());
            }
        }
        answers
    }

    /// Exports every project and sends it to another place; returns what was exported, in order of its text.
    fn move_to(&self, other: &Self) -> Vec<String> {
        let (folder, mut records) = (tempdir().unwrap(), Vec::new());
        for project in self.projects() {
            let path = folder.path().join(&project);
            let summary = self.export(&project, &path);
            if summary["files"] != 0 {
                assert_eq!(other.send(Some(&project), &path)["rejected"], 0);
            }
            let found = records_in(&path);
            let counted: u64 = ["spans", "log_records", "metric_points"].iter().map(|key| summary[*key].as_u64().unwrap()).sum();
            assert_eq!(counted, found.len() as u64);
            records.extend(found.into_iter().map(|record| format!("{project} {record}")));
        }
        records.sort();
        records
    }
}

/// Every record of the files of a folder, as texts: NaN equals itself there.
fn records_in(folder: &Path) -> Vec<String> {
    let mut records = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Incoming { spans, logs, points, rejected } = decoded(&path);
        assert_eq!(rejected, []);
        records.extend(spans.iter().map(|record| format!("{record:?}")));
        records.extend(logs.iter().map(|record| format!("{record:?}")));
        records.extend(points.iter().map(|record| format!("{record:?}")));
    }
    records
}

fn decoded(path: &Path) -> Incoming {
    let name = path.file_name().unwrap().to_str().unwrap();
    let signal = [Signal::Traces, Signal::Logs, Signal::Metrics].into_iter().find(|signal| name.contains(signal.as_str())).unwrap();
    let format = if name.ends_with(".pb") { Format::Protobuf } else { Format::Json };
    wire::decode(signal, format, &std::fs::read(path).unwrap(), &Limits::default()).unwrap()
}

fn digest(answers: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    answers.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Compares two places trace by trace, so that a difference names its trace.
#[track_caller]
fn assert_same_traces(found: &Place, expected: &Place) {
    let (found, expected) = (found.traces(), expected.traces());
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (path, answer) in &expected {
        assert_eq!(&found[path], answer, "{path}");
    }
    println!("{} traces, digest {} and {}", expected.len(), digest(&found), digest(&expected));
}

/// The folder of every recording.
fn recordings() -> Vec<PathBuf> {
    let folders = |path: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
        folders.sort();
        folders
    };
    folders(Path::new(&fixture(""))).iter().flat_map(|emitter| folders(emitter)).collect()
}

fn stored_once(stored: &Value) -> Value {
    json!({ "received": stored, "stored": stored, "duplicate": 0, "updated": 0, "sampled_out": 0, "rejected": {} })
}

#[test]
fn everything_recorded_is_the_same_after_export_and_ingest() {
    let (origin, copy) = (Place::new(), Place::new());
    // A project for each: stand-ins repeat ids of answers, and a call is billed in the trace that comes first.
    for recording in recordings() {
        let project = recording.strip_prefix(fixture("")).unwrap().to_str().unwrap().to_lowercase().replace(['/', '_', '.'], "-");
        origin.send(Some(&project), &recording);
    }
    let exported = origin.move_to(&copy);
    let ledger = origin.ledger();
    assert_eq!(exported.len() as u64, ledger["stored"].as_u64().unwrap(), "each record that was stored is exported once");
    assert_eq!(copy.ledger(), stored_once(&ledger["stored"]));
    assert_same_traces(&copy, &origin);

    assert!(copy.move_to(&Place::new()) == exported, "every field of every span, log record and metric point is the same");
    println!("{} records, digest {}", exported.len(), digest(&exported));
    // Sent where they are already, they change nothing.
    copy.move_to(&origin);
    assert_eq!(origin.ledger()["stored"], ledger["stored"]);
    assert_eq!(origin.ledger()["updated"], ledger["updated"]);
}

/// The first version of a span, as an SDK sends it that tells of starts: neither end nor outcome.
fn started(span: &RawSpan) -> RawSpan {
    let mut started = span.clone();
    started.end_unix_nanos = 0;
    started.status = model::RawStatus::default();
    started.events.clear();
    started.attributes.0.truncate(1);
    started
}

#[test]
fn duplicated_split_and_growing_deliveries_are_the_same_after_export_and_ingest() {
    let (origin, copy) = (Place::new(), Place::new());
    let folder = tempdir().unwrap();
    let cases = [
        "otel-sdk-manual/odd_spans",
        "otel-sdk-manual/article_pipeline",
        "otel-openai-v2-event/tool_retry",
        "otel-sdk-manual/metric_shapes",
    ];
    let mut files = 0;
    for case in cases {
        let mut paths: Vec<_> = std::fs::read_dir(fixture(case)).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths.iter().filter(|path| !path.ends_with("meta.json")) {
            let Incoming { spans, logs, points, .. } = decoded(path);
            let mut write = |signal: Signal, body: Vec<u8>| {
                files += 1;
                std::fs::write(folder.path().join(format!("{files:04}.{}.pb", signal.as_str())), body).unwrap();
            };
            if !spans.is_empty() {
                write(Signal::Traces, raw::encode_request(&spans.iter().map(started).collect::<Vec<_>>()));
            }
            // Each record alone, last first, and then all of them again.
            spans.iter().rev().for_each(|span| write(Signal::Traces, raw::encode_request([span])));
            logs.iter().rev().for_each(|log| write(Signal::Logs, raw::encode_log_request([log])));
            points.iter().rev().for_each(|point| write(Signal::Metrics, raw::encode_metric_request([point])));
            write(Signal::Traces, raw::encode_request(&spans));
            write(Signal::Logs, raw::encode_log_request(&logs));
            write(Signal::Metrics, raw::encode_metric_request(&points));
        }
    }
    origin.send(None, folder.path());
    let ledger = origin.ledger();
    assert!(ledger["updated"].as_u64() > Some(10) && ledger["duplicate"].as_u64() > Some(30), "{ledger}");
    let exported = origin.move_to(&copy);
    assert_eq!(copy.ledger(), stored_once(&ledger["stored"]));
    assert_same_traces(&copy, &origin);
    assert!(copy.move_to(&Place::new()) == exported);
}

#[test]
fn one_trace_goes_to_stdout_or_a_file_and_can_be_sent_again() {
    let (origin, copy) = (Place::new(), Place::new());
    origin.send(Some("other"), Path::new(&fixture("otel-openai-v2-span/tool_retry/001.traces.pb")));
    origin.send(None, Path::new(&fixture("otel-genai-langchain/react_agent/001.traces.pb")));
    let listed = origin.server.text(&["traces", "--json", "--project", "other"]);
    let trace: Value = serde_json::from_str(listed.lines().next().unwrap()).unwrap();
    let id = trace["trace_id"].as_str().unwrap();
    // The project is found by the trace.
    let stdout = origin.server.ask(&["export", "--trace", id, "--signal", "traces", "--out", "-"]);
    assert_eq!(stdout.status.code(), Some(0));
    let spans = wire::decode(Signal::Traces, Format::Protobuf, &stdout.stdout, &Limits::default()).unwrap().spans;
    assert_eq!(spans.len() as u64, trace["span_count"].as_u64().unwrap());
    assert!(spans.iter().all(|span| span.trace_id.to_string() == id && Arc::ptr_eq(&span.resource, &spans[0].resource)));

    let file = copy._data.path().join("spans.pb");
    origin.server.text(&["export", "--trace", id, "--signal", "traces", "--out", file.to_str().unwrap()]);
    copy.send(Some("other"), &file);
    assert_same_traces_of(&copy, &origin, id);
}

#[track_caller]
fn assert_same_traces_of(found: &Place, expected: &Place, id: &str) {
    let path = format!("projects/other/traces/{id}");
    assert_eq!(found.get(&path), expected.get(&path));
}

#[test]
fn what_cannot_be_exported_says_what_to_do() {
    let place = Place::new();
    place.send(None, Path::new(&fixture("otel-openai-v2-span/tool_retry/001.traces.pb")));
    let used = place._data.path().to_str().unwrap();
    let unknown = "0af7651916cd43dd8448eb211c80319c";
    let cases: [(&[&str], i32, &str); 6] = [
        (&["export", "--out", used], 2, "Name another one with --out"),
        (&["export", "--out", "-"], 2, "--signal traces"),
        (&["export", "--out", "-", "--signal", "traces", "--json"], 2, "--json"),
        (&["export", "--trace", unknown, "--signal", "metrics", "--out", "-"], 2, "--trace"),
        (&["export", "--trace", unknown, "--signal", "traces", "--out", "-"], 3, "next:"),
        (&["export", "--project", "nowhere", "--signal", "traces", "--out", "-"], 3, "next:"),
    ];
    for (words, code, hint) in cases {
        let output = place.server.ask(words);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {error}");
        assert!(error.contains(hint), "{words:?}: {error}");
    }
}

#[test]
fn a_folder_without_otlp_is_refused_by_name() {
    let place = Place::new();
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("readme.txt"), "no OTLP").unwrap();
    let output = place.server.ask(&["send", folder.path().to_str().unwrap()]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains(folder.path().to_str().unwrap()) && error.contains("clew export"), "{error}");
}
