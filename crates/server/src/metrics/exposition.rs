//! All counters and gauges in the Prometheus text format 0.0.4.

use std::fmt::{Display, Write};

use store::{Ledger, StoreStatus};

use super::{Metrics, Snapshot, refusal_reason};

/// What is read at the moment of asking and belongs to neither store nor receivers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gauges {
    pub(crate) version: &'static str,
    pub(crate) started_unix_nanos: u64,
    pub(crate) in_flight_requests: usize,
    pub(crate) in_flight_bytes: usize,
    /// Where the system tells.
    pub(crate) disk_free_bytes: Option<u64>,
}

pub(super) fn render(metrics: &Metrics, ledger: &Ledger, status: &StoreStatus, gauges: &Gauges) -> String {
    let mut page = Page::default();
    page.process(gauges);
    page.receivers(metrics, gauges);
    page.records(ledger);
    page.store(metrics, status);
    page.text
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn process(&mut self, gauges: &Gauges) {
        self.family("clew_build_info", "gauge", "Always 1; the version is the label.");
        self.sample("clew_build_info", &[("version", gauges.version)], 1);
        let started_seconds = gauges.started_unix_nanos as f64 / 1e9;
        self.single("clew_start_time_seconds", "gauge", "When the server started, in seconds since 1970.", started_seconds);
        if let Some(bytes) = gauges.disk_free_bytes {
            self.single("clew_disk_free_bytes", "gauge", "Bytes left on the disk of the data directory.", bytes);
        }
    }

    fn receivers(&mut self, metrics: &Metrics, gauges: &Gauges) {
        let received = metrics.received();
        let total = |get: fn(&super::Received) -> u64| received.values().map(get).sum::<u64>();
        let name = "clew_receiver_requests_total";
        self.family(name, "counter", "Requests to the OTLP receivers.");
        self.sample(name, &[("outcome", "accepted")], total(|counts| counts.requests_accepted));
        self.sample(name, &[("outcome", "refused")], total(|counts| counts.requests_refused));

        let name = "clew_receiver_refused_total";
        self.family(name, "counter", "Requests to the OTLP receivers turned away as a whole, by HTTP status and reason.");
        for (status, refused) in metrics.refused() {
            self.sample(name, &[("status", &status.to_string()), ("reason", refusal_reason(status))], refused.requests);
        }

        self.single("clew_receiver_bytes_total", "counter", "Bytes of request bodies as sent.", total(|counts| counts.bytes));
        let name = "clew_receiver_records_total";
        self.family(name, "counter", "Spans, log records and metric points received, by protocol.");
        for (protocol, counts) in &received {
            self.sample(name, &[("protocol", protocol)], counts.records);
        }

        self.single("clew_receiver_in_flight_requests", "gauge", "Requests being received.", gauges.in_flight_requests);
        self.single("clew_receiver_in_flight_bytes", "gauge", "Bytes of request bodies being received.", gauges.in_flight_bytes);
        let help = "Requests that may be received at once; more are refused with 429.";
        self.single("clew_receiver_in_flight_requests_max", "gauge", help, pipeline::limits::IN_FLIGHT_REQUESTS_MAX);
        let help = "Bytes of request bodies that may be received at once; more are refused with 429.";
        self.single("clew_receiver_in_flight_bytes_max", "gauge", help, pipeline::limits::IN_FLIGHT_BYTES_MAX);
    }

    fn records(&mut self, ledger: &Ledger) {
        let name = "clew_records_total";
        self.family(name, "counter", "What became of every record received; the ledger of the data directory, not of this process.");
        for (outcome, count) in [
            ("stored", ledger.stored),
            ("duplicate", ledger.duplicate),
            ("updated", ledger.updated),
            ("sampled_out", ledger.sampled_out),
            ("rejected", ledger.rejected.values().sum()),
        ] {
            self.sample(name, &[("outcome", outcome)], count);
        }
        let name = "clew_records_rejected_total";
        self.family(name, "counter", "Records rejected alone, by reason.");
        for (reason, count) in &ledger.rejected {
            self.sample(name, &[("reason", reason)], count);
        }
    }

    fn store(&mut self, metrics: &Metrics, status: &StoreStatus) {
        let help = "Time from a decoded batch to its records on disk and visible, waiting and fsync included.";
        self.histogram("clew_append_duration_seconds", help, &metrics.appends());
        for (name, help, value) in [
            ("clew_store_accepting", "Whether the store takes records.", u64::from(status.accepting)),
            ("clew_store_held_up", "Whether the disk did not take the newest append.", u64::from(status.held_up.is_some())),
            ("clew_store_damaged_files", "Stored files that cannot be read or were lost.", status.damaged.len() as u64),
            ("clew_store_sequence", "Sequence of the newest append.", status.sequence),
            ("clew_store_tail_rows", "Rows in memory, not yet in a segment.", status.tail_rows),
            ("clew_store_tail_bytes", "Bytes of those rows.", status.tail_bytes),
            (
                "clew_store_wal_bytes",
                "Bytes of the write-ahead log: what is not in segments yet, and files that wait to be written over.",
                status.wal_bytes,
            ),
            ("clew_store_segments", "Segments on disk.", status.segments),
            ("clew_store_segment_rows", "Rows in segments.", status.segment_rows),
            ("clew_store_segment_bytes", "Bytes of segments.", status.segment_bytes),
            ("clew_search_bytes", "Bytes of search indexes.", status.search_bytes),
            (
                "clew_search_waiting_rows",
                "Rows in segments that no search index knows yet; questions read them whole.",
                status.search_rows_waiting,
            ),
            ("clew_search_waiting_seconds", "How long the oldest of them has waited.", status.search_waiting_for.as_secs()),
        ] {
            self.single(name, "gauge", help, value);
        }
    }

    fn histogram(&mut self, name: &str, help: &str, snapshot: &Snapshot) {
        self.family(name, "histogram", help);
        let bucket = format!("{name}_bucket");
        for (bound_nanos, at_most) in snapshot.cumulative() {
            self.sample(&bucket, &[("le", &(bound_nanos as f64 / 1e9).to_string())], at_most);
        }
        self.sample(&bucket, &[("le", "+Inf")], snapshot.count());
        self.sample(&format!("{name}_sum"), &[], snapshot.sum_nanos as f64 / 1e9);
        self.sample(&format!("{name}_count"), &[], snapshot.count());
    }

    fn single(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.text.push_str(name);
        for (place, (label, text)) in labels.iter().enumerate() {
            let opening = if place == 0 { '{' } else { ',' };
            let _ = write!(self.text, "{opening}{label}=\"{}\"", escaped(text));
        }
        self.text.push_str(if labels.is_empty() { "" } else { "}" });
        let _ = writeln!(self.text, " {value}");
    }
}

/// Prometheus text format, "Comments, help text, and type information": backslash, quote and line feed of a label's value.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
