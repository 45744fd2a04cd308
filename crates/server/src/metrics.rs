//! The server's own counters, in Prometheus text.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use store::{Ledger, StoreStatus};

/// Counters of the receivers; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Metrics(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    requests_accepted: AtomicU64,
    requests_refused: AtomicU64,
    request_bytes: AtomicU64,
}

impl Metrics {
    pub(crate) fn request(&self, accepted: bool, bytes: u64) {
        let counter = if accepted { &self.0.requests_accepted } else { &self.0.requests_refused };
        counter.fetch_add(1, Ordering::Relaxed);
        self.0.request_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Writes all metrics in the text format 0.0.4.
    pub(crate) fn render(&self, ledger: &Ledger, status: &StoreStatus) -> String {
        let mut text = String::new();
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        family(
            &mut text,
            "clew_receiver_requests_total",
            "counter",
            "Requests to the OTLP receivers.",
            &[("{outcome=\"accepted\"}", load(&self.0.requests_accepted)), ("{outcome=\"refused\"}", load(&self.0.requests_refused))],
        );
        family(&mut text, "clew_receiver_bytes_total", "counter", "Bytes of request bodies as sent.", &[("", load(&self.0.request_bytes))]);
        family(
            &mut text,
            "clew_records_total",
            "counter",
            "What became of every record received.",
            &[
                ("{outcome=\"stored\"}", ledger.stored),
                ("{outcome=\"duplicate\"}", ledger.duplicate),
                ("{outcome=\"updated\"}", ledger.updated),
                ("{outcome=\"sampled_out\"}", ledger.sampled_out),
                ("{outcome=\"rejected\"}", ledger.rejected.values().sum()),
            ],
        );
        for (name, help, value) in [
            ("clew_store_accepting", "Whether the store takes records.", u64::from(status.accepting)),
            ("clew_store_sequence", "Sequence of the newest append.", status.sequence),
            ("clew_store_tail_rows", "Rows in memory, not yet in a segment.", status.tail_rows),
            ("clew_store_tail_bytes", "Bytes of those rows.", status.tail_bytes),
            ("clew_store_wal_bytes", "Bytes of the write-ahead log.", status.wal_bytes),
            ("clew_store_segments", "Segments on disk.", status.segments),
            ("clew_store_segment_rows", "Rows in segments.", status.segment_rows),
            ("clew_store_segment_bytes", "Bytes of segments.", status.segment_bytes),
        ] {
            family(&mut text, name, "gauge", help, &[("", value)]);
        }
        let held_up = u64::from(status.held_up.is_some());
        family(&mut text, "clew_store_held_up", "gauge", "Whether the disk has no room for what is to be written.", &[("", held_up)]);
        let damaged: Vec<_> = status.damaged.iter().map(|damage| format!("{{name={:?}}}", damage.name)).collect();
        let damaged: Vec<_> = damaged.iter().map(|labels| (labels.as_str(), 1)).collect();
        family(&mut text, "clew_store_damaged", "gauge", "Stored data that cannot be read or was found to be lost.", &damaged);
        text
    }
}

fn family(text: &mut String, name: &str, kind: &str, help: &str, samples: &[(&str, u64)]) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    for (labels, value) in samples {
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}
