//! New columns for stored spans: which spans, from what, and how many.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use model::{BoxedContent, LogRecord, ProjectSlug, Span};
use store::{Rederive, RederiveReceipt, StoreError};

use crate::engine::Engine;
use crate::flush::Flusher;
use crate::keys::SpanKey;
use crate::read;
use crate::rows::spans::StoredSpan;
use crate::segment::{Description, ProjectRange, Renewed, Segment, rewrite};

/// Makes the columns of all stored spans anew that the request is about.
pub(crate) async fn rederive(engine: &Engine, flusher: &Arc<Flusher>, request: Rederive) -> Result<RederiveReceipt, StoreError> {
    flusher.flush().await?;
    let progress = Arc::clone(&request.progress);
    let work = Arc::new(Work { request, updated_spans: read::updated_spans(engine) });
    let mut sum = RederiveReceipt::default();
    let rewrite = move |engine: &Engine, id, segment: &Segment| work.rewrite(engine, id, segment);
    let hear = |receipt| {
        sum.add(receipt);
        progress(&sum);
    };
    flusher.rewrite_segments(rewrite, hear).await?;
    Ok(sum)
}

struct Work {
    request: Rederive,
    /// Spans whose versions lie in several places, where a row alone does not tell what the span is.
    updated_spans: HashSet<SpanKey>,
}

impl Work {
    fn rewrite(&self, engine: &Engine, id: u64, segment: &Segment) -> Result<(Option<Description>, RederiveReceipt), StoreError> {
        let mut receipt = RederiveReceipt::default();
        if !self.concerns(segment)? {
            return Ok((None, receipt));
        }
        let ranges = self.ranges(segment)?;
        let rewritten = rewrite(&engine.segments_directory(), id, segment, &ranges, engine.understand.as_ref(), |project, stored| {
            self.renew(engine, project, stored, &mut receipt)
        })?;
        Ok((rewritten, receipt))
    }

    /// Whether a span of the range may have rows in the segment.
    fn concerns(&self, segment: &Segment) -> Result<bool, StoreError> {
        let Some((first, last)) = segment.description.start_unix_nanos else {
            return Ok(false);
        };
        let range = self.request.range;
        if range.from_unix_nanos.is_none_or(|from| from <= last) && range.to_unix_nanos.is_none_or(|to| first < to) {
            return Ok(true);
        }
        // The start of a span with several versions may stand in another segment.
        for span in &self.updated_spans {
            if !segment.rows_of_trace(span.trace_id)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn ranges(&self, segment: &Segment) -> Result<Vec<ProjectRange>, StoreError> {
        let mut ranges = Vec::new();
        for rows in segment.description.projects.iter().filter(|rows| !rows.spans.is_empty()) {
            let project: ProjectSlug = rows.project.parse().map_err(|error: model::IdError| StoreError::Damaged(error.to_string()))?;
            if self.request.project.as_ref().is_none_or(|wanted| *wanted == project) {
                ranges.push(ProjectRange { project, rows: rows.spans.clone() });
            }
        }
        Ok(ranges)
    }

    /// Makes the columns of some rows anew. A span counts where its first version is: each has exactly one.
    fn renew(
        &self,
        engine: &Engine,
        project: &ProjectSlug,
        stored: Vec<StoredSpan>,
        receipt: &mut RederiveReceipt,
    ) -> Result<Renewed, StoreError> {
        let mut merged = self.merged_spans(engine, project, &stored)?;
        let logs = self.logs(engine, project, &stored)?;
        let mut is_counted = Vec::with_capacity(stored.len());
        let mut candidates = Vec::with_capacity(stored.len());
        for StoredSpan { is_update, span, .. } in stored {
            let span = merged.remove(&key(&span)).unwrap_or(span);
            let is_wanted = self.request.range.contains(span.start_unix_nanos);
            receipt.spans_seen += u64::from(is_wanted && !is_update);
            is_counted.push(!is_update);
            let logs = logs.get(&key(&span)).map_or(&[][..], Vec::as_slice);
            candidates.push(if is_wanted { self.derive(span, logs) } else { None });
        }
        let renewed = Renewed::new(&candidates)?;
        let changed = is_counted.iter().enumerate().filter(|(row, is_counted)| **is_counted && renewed.is_changed(*row));
        receipt.spans_changed += changed.count() as u64;
        Ok(renewed)
    }

    /// The spans among some rows that have versions elsewhere, whole.
    fn merged_spans(&self, engine: &Engine, project: &ProjectSlug, stored: &[StoredSpan]) -> Result<HashMap<SpanKey, Span>, StoreError> {
        let keys: Vec<_> = stored.iter().map(|stored| key(&stored.span)).filter(|key| self.updated_spans.contains(key)).collect();
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        read::whole_spans(engine, project, &keys)
    }

    /// The log records of the spans of some rows, where the request asks for them.
    fn logs(&self, engine: &Engine, project: &ProjectSlug, stored: &[StoredSpan]) -> Result<HashMap<SpanKey, Vec<LogRecord>>, StoreError> {
        if !self.request.with_logs {
            return Ok(HashMap::new());
        }
        let mut trace_ids: Vec<_> = stored.iter().map(|stored| stored.span.trace_id).collect();
        trace_ids.sort_unstable();
        trace_ids.dedup();
        read::logs_of_traces(engine, project, &trace_ids)
    }

    /// The columns a span has and those it should have; None where they are the same.
    fn derive(&self, span: Span, logs: &[LogRecord]) -> Option<(Span, Span)> {
        let old = Span { raw: None, ..span.clone() };
        // What no derivation decides stays as it was.
        let Span { trace_id, span_id, billed_in, .. } = old;
        let new = Span { trace_id, span_id, billed_in, raw: None, content: BoxedContent::default(), ..(self.request.derive)(span, logs) };
        (new != old).then_some((old, new))
    }
}

fn key(span: &Span) -> SpanKey {
    SpanKey { trace_id: span.trace_id, span_id: span.span_id }
}
