//! The recorded requests under `fixtures/otlp`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use wire::{Format, Incoming, Limits, Signal};

/// One recorded request.
pub(crate) struct Recording {
    pub(crate) path: PathBuf,
    pub(crate) signal: Signal,
    pub(crate) format: Format,
    pub(crate) body: Vec<u8>,
}

impl Recording {
    pub(crate) fn decode(&self) -> Incoming {
        wire::decode(self.signal, self.format, &self.body, &Limits::default())
            .unwrap_or_else(|error| panic!("{}: {error}", self.path.display()))
    }
}

/// One case: its requests in order of arrival and what is known of it.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) meta: Value,
    pub(crate) requests: Vec<Recording>,
}

pub(crate) fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/otlp");
    let mut cases: Vec<Case> = folders(&root).iter().flat_map(|emitter| folders(emitter)).map(|folder| read_case(&folder)).collect();
    cases.sort_by(|left, right| left.name.cmp(&right.name));
    assert!(cases.len() >= 50, "only {} recorded cases", cases.len());
    cases
}

pub(crate) fn requests() -> Vec<Recording> {
    cases().into_iter().flat_map(|case| case.requests).collect()
}

/// Returns one request by its path under `fixtures/otlp`.
pub(crate) fn request(path: &str) -> Recording {
    read_request(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/otlp").join(path)).expect("a request's name")
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}

fn read_case(folder: &Path) -> Case {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    Case {
        name: folder.display().to_string(),
        meta: serde_json::from_slice(&fs::read(folder.join("meta.json")).unwrap()).unwrap(),
        requests: paths.into_iter().filter_map(read_request).collect(),
    }
}

fn read_request(path: PathBuf) -> Option<Recording> {
    let name = path.file_name()?.to_str()?;
    let mut parts = name.split('.').skip(1);
    let signal = match parts.next()? {
        "traces" => Signal::Traces,
        "logs" => Signal::Logs,
        "metrics" => Signal::Metrics,
        _ => return None,
    };
    let format = if parts.next()? == "pb" { Format::Protobuf } else { Format::Json };
    let body = fs::read(&path).unwrap();
    Some(Recording { path, signal, format, body })
}
