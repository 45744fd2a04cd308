//! `cargo xtask gen`: writes OTLP request files, as `clew send` reads them, of the mix that measurements use.

use std::fs;
use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::Result;
use crate::arguments::Arguments;
use crate::mix::{Mix, MixOptions, SPANS_PER_REQUEST, SPANS_PER_TRACE};

pub(super) fn run(words: &[String]) -> Result {
    let arguments = Arguments::parse_with_flags(words, &["out", "spans", "span-bytes", "days", "seed"], &["dry"])?;
    let spans = arguments.number("spans", 24_000)?;
    let mix = Mix::new(MixOptions {
        seed: arguments.number("seed", 1)?,
        span_bytes: usize::try_from(arguments.number("span-bytes", 5_000)?)?,
        traces: spans.div_ceil(SPANS_PER_TRACE),
        days: arguments.number("days", 1)? as f64,
        end_unix_nanos: unix_nanos_now(),
    });
    let out = match (arguments.text("out"), arguments.flag("dry")) {
        (Some(out), false) => Some(PathBuf::from(out)),
        (None, true) => None,
        _ => return Err("name a folder with `--out DIR`, or say `--dry` to see how fast it goes".into()),
    };
    if let Some(out) = &out {
        fs::create_dir_all(out)?;
    }
    let (started, mut bytes) = (Instant::now(), 0);
    for number in 0..mix.requests() {
        let request = mix.request(number);
        bytes += request.len() as u64;
        if let Some(out) = &out {
            fs::write(out.join(format!("{number:06}.pb")), request)?;
        }
    }
    let made = mix.requests() * SPANS_PER_REQUEST;
    let (size, rate) = (bytes / made.max(1), made as f64 / started.elapsed().as_secs_f64());
    eprintln!("{} requests, {made} spans of {size} bytes, {rate:.0} spans a second", mix.requests());
    Ok(())
}

pub(super) fn unix_nanos_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}
