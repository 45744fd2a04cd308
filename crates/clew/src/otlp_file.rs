//! OTLP requests in files: protobuf, JSON, or one JSON request a line as the collector's file exporter writes them.

use std::path::{Path, PathBuf};

use serde_json::Value;
use wire::{DecodeError, Format, Limits, Signal};

/// One request, ready to be sent.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) signal: Signal,
    pub(crate) format: Format,
    pub(crate) body: Vec<u8>,
    /// How many spans, log records or metric points are in it.
    pub(crate) records: usize,
}

/// Why a file cannot be sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("cannot read `{path}`")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("`{path}` line {line} is no JSON")]
    Json { path: PathBuf, line: usize, source: serde_json::Error },
    #[error("`{path}` is no OTLP: neither spans, logs nor metrics were found in it")]
    Unknown { path: PathBuf },
    #[error("`{path}` does not decode as {signal}")]
    Decode { path: PathBuf, signal: &'static str, source: DecodeError },
}

/// Reads the requests of a file; `signal` is what the user says they are.
pub(crate) fn read(path: &Path, signal: Option<Signal>) -> Result<Vec<Request>, FileError> {
    let bytes = std::fs::read(path).map_err(|source| FileError::Read { path: path.to_owned(), source })?;
    requests_in(path, bytes, signal)
}

/// Lists the files of a folder and the folders in it that may hold OTLP, by name; hidden ones are not looked at.
pub(crate) fn files_in(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let failed = |source| FileError::Read { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            files.extend(files_in(&path)?);
        } else if matches!(extension(&path), "pb" | "json" | "jsonl" | "ndjson") {
            files.push(path);
        }
    }
    Ok(files)
}

/// What one record of a signal is called.
pub(crate) fn noun(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "span",
        Signal::Logs => "log record",
        Signal::Metrics => "metric point",
    }
}

fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

fn requests_in(path: &Path, bytes: Vec<u8>, signal: Option<Signal>) -> Result<Vec<Request>, FileError> {
    if !looks_like_json(path, &bytes) {
        return Ok(vec![protobuf_request(path, bytes, signal)?]);
    }
    if let Ok(value) = serde_json::from_slice::<Value>(&bytes) {
        return Ok(vec![json_request(path, &value, bytes, signal)?]);
    }
    let mut requests = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.trim_ascii().is_empty()) {
        let value: Value =
            serde_json::from_slice(line).map_err(|source| FileError::Json { path: path.to_owned(), line: index + 1, source })?;
        requests.push(json_request(path, &value, line.to_vec(), signal)?);
    }
    Ok(requests)
}

/// A protobuf request begins with the tag of field 1, never with a brace.
fn looks_like_json(path: &Path, bytes: &[u8]) -> bool {
    matches!(extension(path), "json" | "jsonl" | "ndjson") || bytes.trim_ascii_start().first() == Some(&b'{')
}

fn json_request(path: &Path, value: &Value, body: Vec<u8>, signal: Option<Signal>) -> Result<Request, FileError> {
    let has = |camel: &str, snake: &str| value.get(camel).or_else(|| value.get(snake)).is_some();
    let found = if has("resourceSpans", "resource_spans") {
        Some(Signal::Traces)
    } else if has("resourceLogs", "resource_logs") {
        Some(Signal::Logs)
    } else if has("resourceMetrics", "resource_metrics") {
        Some(Signal::Metrics)
    } else {
        None
    };
    let signal = signal.or(found).ok_or_else(|| FileError::Unknown { path: path.to_owned() })?;
    let records = count(path, signal, Format::Json, &body)?;
    Ok(Request { signal, format: Format::Json, body, records })
}

fn protobuf_request(path: &Path, body: Vec<u8>, signal: Option<Signal>) -> Result<Request, FileError> {
    if let Some(signal) = signal.or_else(|| signal_in_name(path)) {
        let records = count(path, signal, Format::Protobuf, &body)?;
        return Ok(Request { signal, format: Format::Protobuf, body, records });
    }
    // The three messages share their outer fields; the records inside tell them apart.
    for signal in [Signal::Traces, Signal::Logs, Signal::Metrics] {
        if let Ok(incoming) = wire::decode(signal, Format::Protobuf, &body, &Limits::default())
            && incoming.received() > 0
            && incoming.rejected.is_empty()
        {
            return Ok(Request { signal, format: Format::Protobuf, body, records: incoming.received() });
        }
    }
    Err(FileError::Unknown { path: path.to_owned() })
}

fn count(path: &Path, signal: Signal, format: Format, body: &[u8]) -> Result<usize, FileError> {
    wire::decode(signal, format, body, &Limits::default()).map(|incoming| incoming.received()).map_err(|source| FileError::Decode {
        path: path.to_owned(),
        signal: signal.as_str(),
        source,
    })
}

/// Reads the signal off names such as `001.traces.pb` and `logs.pb`.
fn signal_in_name(path: &Path) -> Option<Signal> {
    let name = path.file_name()?.to_str()?;
    let word = |signal: &Signal| name.split(['.', '-', '_']).any(|word| word == signal.as_str());
    [Signal::Traces, Signal::Logs, Signal::Metrics].into_iter().find(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"x","startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}"#;

    fn read(name: &str, text: &str) -> Result<Vec<Request>, FileError> {
        requests_in(Path::new(name), text.as_bytes().to_vec(), None)
    }

    #[test]
    fn json_says_itself_which_signal_it_is() {
        let requests = read("anything.json", SPAN).unwrap();
        assert_eq!((requests[0].signal, requests[0].records), (Signal::Traces, 1));
    }

    #[test]
    fn each_line_of_jsonl_is_a_request() {
        let requests = read("export.jsonl", &format!("{SPAN}\n\n{SPAN}\n")).unwrap();
        assert_eq!(requests.len(), 2);
    }

    #[test]
    fn what_is_no_otlp_is_named() {
        assert!(matches!(read("meta.json", r#"{"emitter": "x"}"#), Err(FileError::Unknown { .. })));
        assert!(matches!(read("x.jsonl", "{\"a\": 1}\nnot json"), Err(FileError::Unknown { .. } | FileError::Json { .. })));
    }

    #[test]
    fn the_name_of_a_file_tells_its_signal() {
        assert_eq!(signal_in_name(Path::new("a/001.traces.pb")), Some(Signal::Traces));
        assert_eq!(signal_in_name(Path::new("logs.pb")), Some(Signal::Logs));
        assert_eq!(signal_in_name(Path::new("mytraces.pb")), None);
    }
}
