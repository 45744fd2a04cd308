//! What the manifest keeps about a segment.

use std::collections::BTreeMap;
use std::ops::Range;

use model::{ProjectSlug, SpanId, TraceId};
use serde::{Deserialize, Serialize};

use crate::keys::SpanKey;
use crate::rows::{ROW_FORMAT_VERSION, TABLES_FORMAT_VERSION};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Description {
    pub(crate) id: u64,
    pub(crate) row_format: u32,
    /// How often its rows were merged: 0 for a flushed tail.
    pub(crate) level: u32,
    /// The newest version of its rows; segments stand in this order, and their versions do not overlap.
    pub(crate) sequence_last: u64,
    pub(crate) span_rows: u64,
    pub(crate) log_rows: u64,
    pub(crate) point_rows: u64,
    /// In the order of rows; their places in this list stand in the trace index.
    pub(crate) projects: Vec<ProjectRows>,
    /// Earliest and latest start of spans.
    pub(crate) start_unix_nanos: Option<(u64, u64)>,
    /// Latest start or end of a span; None where there are none, or where a version wrote it that did not say.
    #[serde(default)]
    pub(crate) span_end_unix_nanos: Option<u64>,
    /// Earliest and latest time of logs.
    pub(crate) log_unix_nanos: Option<(u64, u64)>,
    /// Earliest and latest time of metric points.
    #[serde(default)]
    pub(crate) point_unix_nanos: Option<(u64, u64)>,
    /// Spans whose older version is in another segment: trace id and span id in hex.
    pub(crate) updated_spans: Vec<(String, String)>,
    /// Traces that have records in an older segment too: trace ids in hex.
    #[serde(default)]
    pub(crate) loose_traces: Vec<String>,
    /// Format of its table of traces and its understood spans; those of an older one are made anew at the next start.
    #[serde(default)]
    pub(crate) tables_format: u32,
    /// Size and CRC-32C of each file.
    pub(crate) files: BTreeMap<String, FileSeal>,
}

/// The rows of one project, which stand together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProjectRows {
    pub(crate) project: String,
    pub(crate) spans: Range<u64>,
    pub(crate) logs: Range<u64>,
    /// Rows of the table of traces.
    #[serde(default = "no_rows")]
    pub(crate) traces: Range<u64>,
}

fn no_rows() -> Range<u64> {
    0..0
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileSeal {
    pub(crate) bytes: u64,
    pub(crate) crc32c: u32,
}

impl Description {
    pub(super) fn new(id: u64, level: u32, sequence_last: u64) -> Self {
        Self {
            id,
            level,
            sequence_last,
            row_format: ROW_FORMAT_VERSION,
            span_rows: 0,
            log_rows: 0,
            point_rows: 0,
            projects: Vec::new(),
            start_unix_nanos: None,
            span_end_unix_nanos: None,
            log_unix_nanos: None,
            point_unix_nanos: None,
            updated_spans: Vec::new(),
            loose_traces: Vec::new(),
            tables_format: TABLES_FORMAT_VERSION,
            files: BTreeMap::new(),
        }
    }

    pub(crate) fn project(&self, project: &ProjectSlug) -> Option<(u32, &ProjectRows)> {
        let index = self.projects.iter().position(|rows| rows.project == project.as_str())?;
        Some((index as u32, &self.projects[index]))
    }

    pub(super) fn updated_span_keys(&self) -> impl Iterator<Item = SpanKey> {
        self.updated_spans.iter().filter_map(|(trace_id, span_id)| {
            Some(SpanKey { trace_id: trace_id.parse::<TraceId>().ok()?, span_id: span_id.parse::<SpanId>().ok()? })
        })
    }

    /// Notes how many traces the next project of the table has.
    pub(super) fn note_traces(&mut self, project: &str, count: u64) {
        let first = self.projects.iter().map(|rows| rows.traces.end).max().unwrap_or(0);
        if let Some(rows) = self.projects.iter_mut().find(|rows| rows.project == project) {
            rows.traces = first..first + count;
        }
    }

    pub(super) fn forget_traces(&mut self) {
        self.projects.iter_mut().for_each(|rows| rows.traces = 0..0);
    }

    pub(super) fn loose_trace_ids(&self) -> impl Iterator<Item = TraceId> {
        self.loose_traces.iter().filter_map(|id| id.parse().ok())
    }

    /// The earliest time of any row; none is later where there is none.
    pub(crate) fn first_unix_nanos(&self) -> u64 {
        let bounds = [self.start_unix_nanos, self.log_unix_nanos, self.point_unix_nanos];
        bounds.into_iter().flatten().map(|(first, _)| first).min().unwrap_or(u64::MAX)
    }

    pub(crate) fn rows(&self) -> u64 {
        self.span_rows + self.log_rows + self.point_rows
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.bytes).sum()
    }
}
