//! From stored records to an understood trace.
//!
//! A store keeps raw spans and columns; content is translated again here, with the log records that belong to each span.

use std::collections::HashMap;
use std::sync::Arc;

use dialect::Trace;
use model::{LogRecord, ProjectSlug, Span, SpanId, TraceId, TraceSummary};
use store::{DeriveContent, OwnPrices, TraceRecords, Understand};

use crate::price::{PriceShelf, PriceTables, price_of};

/// Assembles a trace from all that is known of it.
///
/// Spans that come with their raw span are translated again, with their log records; of others their columns stand. The price
/// tables are for spans of which log records have told more since they were stored.
pub fn understand(records: TraceRecords, tables: &PriceTables) -> (Trace, Vec<LogRecord>) {
    let logs_by_span = group_by_span(&records.logs);
    let complete = |stored: Span| {
        if stored.raw.is_none() {
            return stored;
        }
        let logs = logs_by_span.get(&(stored.trace_id, stored.span_id)).map_or(&[][..], Vec::as_slice);
        renewed(&stored, logs, tables)
    };
    let trace = dialect::assemble_priced(records.spans.into_iter().map(complete).collect(), |span| price_of(span, tables));
    (trace, records.logs)
}

fn group_by_span(logs: &[LogRecord]) -> HashMap<(TraceId, SpanId), Vec<LogRecord>> {
    let mut logs_by_span: HashMap<_, Vec<LogRecord>> = HashMap::new();
    for log in logs {
        if let Some(span) = log.span() {
            logs_by_span.entry(span).or_default().push(log.clone());
        }
    }
    logs_by_span
}

/// A stored span as its raw span and its log records are understood today; as it is where the raw span was not read.
pub fn renewed(stored: &Span, logs: &[LogRecord], tables: &PriceTables) -> Span {
    let Some(raw) = &stored.raw else { return stored.clone() };
    let mut span = dialect::translate(Arc::clone(raw), logs);
    // What no translation can tell: it was known when the span was stored.
    span.origin = stored.origin;
    span.billed_in = stored.billed_in;
    // The price of the day of receipt stays, unless it was the price of something else.
    let same_call = span.usage == stored.usage && span.billing == stored.billing && span.cost_reported == stored.cost_reported;
    span.price = if same_call { stored.price.clone() } else { price_of(&span, tables) };
    span
}

/// What an engine asks to search content: spans as they are understood today, without what log records tell of them.
pub fn derive_content() -> DeriveContent {
    DeriveContent::new(dialect::MAPPING_VERSION, |raw| dialect::translate(raw, &[]))
}

/// What an engine asks to know of traces: the same that lists and pages show.
#[derive(Clone)]
pub struct Understanding(PriceShelf);

impl Understanding {
    pub fn new(prices: PriceShelf) -> Self {
        Self(prices)
    }

    fn tree(&self, project: &ProjectSlug, records: TraceRecords) -> Trace {
        let own: Arc<OwnPrices> = self.0.known().unwrap_or_default();
        understand(records, &PriceTables::new(own, project.clone())).0
    }
}

impl Understand for Understanding {
    fn trace(&self, project: &ProjectSlug, records: TraceRecords) -> (TraceSummary, Vec<Span>) {
        let Trace { summary, spans, .. } = self.tree(project, records);
        (summary, spans.into_iter().map(|node| node.span).collect())
    }

    fn spans(&self, project: &ProjectSlug, records: TraceRecords) -> Vec<Span> {
        self.tree(project, records).spans.into_iter().map(|node| node.span).collect()
    }
}
