//! Measures decoding alone: `decode_cost FILE SPANS` reads a protobuf request of that many spans again and again.
//!
//! Used by `cargo xtask bench`, which compares it with what the whole server spends.

use std::time::{Duration, Instant};

use bytes::Bytes;
use wire::{Format, Limits, Signal, decode_sharing};

/// Long enough that a busy neighbour does not decide the figure.
const MEASURED: Duration = Duration::from_secs(3);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [file, spans] = words.as_slice() else { return Err("expected FILE SPANS".into()) };
    let body = Bytes::from(std::fs::read(file)?);
    let spans: usize = spans.parse()?;
    let limits = Limits::default();

    let started = Instant::now();
    let mut rounds = 0_u32;
    while started.elapsed() < MEASURED {
        let incoming = decode_sharing(Signal::Traces, Format::Protobuf, &body, &limits)?;
        assert_eq!(incoming.spans.len(), spans, "the request does not hold as many spans as said");
        std::hint::black_box(&incoming);
        rounds += 1;
    }
    let seconds = started.elapsed().as_secs_f64() * 1_000.0 / (f64::from(rounds) * spans as f64);
    println!("seconds_per_1000_spans {seconds:.6}");
    Ok(())
}
