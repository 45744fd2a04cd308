//! `cargo xtask gen`: writes OTLP request files, one trace each, for `clew send` and for measurements.

use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::Result;
use crate::arguments::Arguments;
use crate::otlp_request::TraceSketch;

pub(super) fn run(words: &[String]) -> Result {
    let arguments = Arguments::parse(words, &["out", "traces", "spans", "content-bytes", "seed"])?;
    let out = PathBuf::from(arguments.text("out").ok_or("`--out DIR` is missing")?);
    let traces = arguments.number("traces", 100)?;
    let seed = arguments.number("seed", 1)?;
    let sketch = TraceSketch {
        seed,
        span_count: arguments.number("spans", 10)?,
        content_bytes: usize::try_from(arguments.number("content-bytes", 4_000)?)?,
        start_unix_nanos: unix_nanos_now(),
    };
    fs::create_dir_all(&out)?;
    let mut bytes = 0;
    for index in 0..traces {
        let request = nth(sketch, index).request();
        bytes += request.len();
        fs::write(out.join(format!("{index:06}.pb")), request)?;
    }
    eprintln!("wrote {traces} requests, {bytes} bytes, to {}", out.display());
    Ok(())
}

/// The sketch of another trace of the same kind, a second earlier for each.
pub(super) fn nth(sketch: TraceSketch, index: u64) -> TraceSketch {
    let start_unix_nanos = sketch.start_unix_nanos.saturating_sub(index % 3_600 * 1_000_000_000);
    TraceSketch { seed: sketch.seed.wrapping_mul(1_000_003).wrapping_add(index), start_unix_nanos, ..sketch }
}

pub(super) fn unix_nanos_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}
