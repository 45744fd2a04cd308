//! New columns for every version of a span at once.

use std::collections::BTreeSet;

use model::{BoxedContent, LogRecord, ProjectSlug, Span};

use super::State;
use crate::rederive::{Rederive, RederiveReceipt};

impl State {
    pub(super) fn rederive(&mut self, request: &Rederive) -> RederiveReceipt {
        let projects: BTreeSet<ProjectSlug> = self.spans.iter().map(|stored| stored.project.clone()).collect();
        let mut receipt = RederiveReceipt::default();
        for project in projects.iter().filter(|project| request.project.as_ref().is_none_or(|wanted| wanted == *project)) {
            let spans = self.merged_spans(project).into_values().filter(|span| request.range.contains(span.start_unix_nanos));
            for span in spans {
                receipt.spans_seen += 1;
                let is_own = |log: &&LogRecord| request.with_logs && log.span() == Some((span.trace_id, span.span_id));
                let logs: Vec<LogRecord> = self.logs(project).map(|stored| &stored.record).filter(is_own).cloned().collect();
                let derived = derive(request, &span, &logs);
                if derived != (Span { raw: None, ..span }) {
                    receipt.spans_changed += 1;
                    self.replace_columns(project, &derived);
                }
            }
        }
        receipt
    }

    fn replace_columns(&mut self, project: &ProjectSlug, derived: &Span) {
        let is_version = |span: &Span| (span.trace_id, span.span_id) == (derived.trace_id, derived.span_id);
        for stored in self.spans.iter_mut().filter(|stored| stored.project == *project && is_version(&stored.record)) {
            let (billed_in, raw) = (stored.record.billed_in, stored.record.raw.clone());
            stored.record = Span { billed_in, raw, ..derived.clone() };
        }
    }
}

/// The new columns of a span, with what no derivation decides as it was.
fn derive(request: &Rederive, span: &Span, logs: &[LogRecord]) -> Span {
    let derived = (request.derive)(span.clone(), logs);
    let Span { trace_id, span_id, billed_in, .. } = *span;
    Span { trace_id, span_id, billed_in, raw: None, content: BoxedContent::default(), ..derived }
}
