//! What understanding costs beside reading the bytes: run with `cargo test --release -p dialect -- --ignored --nocapture measure`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dialect::{translate, translate_columns};
use model::RawSpan;
use wire::{Format, Limits, Signal};

const ROUNDS: usize = 9;

/// The bodies of all recorded trace requests in protobuf.
fn bodies(folder: &Path, found: &mut Vec<Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        if path.is_dir() {
            bodies(&path, found);
        } else if path.to_str().unwrap().ends_with(".traces.pb") {
            found.push(std::fs::read(path).unwrap());
        }
    }
}

fn decode(body: &[u8]) -> Vec<RawSpan> {
    wire::decode(Signal::Traces, Format::Protobuf, body, &Limits::default()).unwrap().spans
}

/// The shortest of several rounds: what others do on the machine only adds.
fn shortest(mut round: impl FnMut() -> Duration) -> Duration {
    (0..ROUNDS).map(|_| round()).min().unwrap()
}

#[test]
#[ignore = "a measurement, for an optimised build"]
fn translation_beside_decoding() {
    let mut requests = Vec::new();
    bodies(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/otlp"), &mut requests);
    let spans: Vec<Arc<RawSpan>> = requests.iter().flat_map(|body| decode(body)).map(Arc::new).collect();
    let bytes: usize = requests.iter().map(Vec::len).sum();
    let decoding = shortest(|| {
        let start = Instant::now();
        requests.iter().for_each(|body| drop(std::hint::black_box(decode(body))));
        start.elapsed()
    });
    let translation = shortest(|| {
        let start = Instant::now();
        spans.iter().for_each(|span| drop(std::hint::black_box(translate(Arc::clone(span), &[]))));
        start.elapsed()
    });
    let columns = shortest(|| {
        let start = Instant::now();
        spans.iter().for_each(|span| drop(std::hint::black_box(translate_columns(Arc::clone(span), &[]))));
        start.elapsed()
    });
    let per_thousand = |time: Duration| time.as_secs_f64() * 1e6 / spans.len() as f64;
    println!(
        "{} recorded spans of {} bytes: decoding {:.2} ms a thousand, translation {:.2} ms, {:.1} times decoding, for the store {:.2} ms, {:.1} times",
        spans.len(),
        bytes / spans.len(),
        per_thousand(decoding),
        per_thousand(translation),
        translation.as_secs_f64() / decoding.as_secs_f64(),
        per_thousand(columns),
        columns.as_secs_f64() / decoding.as_secs_f64(),
    );
}
