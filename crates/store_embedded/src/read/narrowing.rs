//! What meets all parts of a filter: each part is asked of what the parts before it have left.
//!
//! Single columns cost little and come first. How spans stand to each other takes the trees of traces: before any is made, traces go
//! that lack one of the spans asked for, and of several relations the one to the rarest spans comes first.

use datafusion::arrow::buffer::BooleanBuffer;
use query::{Filter, Relation, Subject, Test};
use store::StoreError;

use super::bounds::Bounds;
use super::masks::{Masks, Source};

/// What a filter is asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Traces,
    Spans,
}

impl<S: Source + ?Sized> Masks<'_, S> {
    /// The rows that meet all parts.
    pub(super) fn all_of(&self, parts: &[Filter], level: Level) -> Result<Bounds, StoreError> {
        let (dear, cheap): (Vec<&Filter>, Vec<&Filter>) = parts.iter().partition(|part| needs_trees(part));
        let (relations, rest): (Vec<&Filter>, Vec<&Filter>) = dear.into_iter().partition(|part| matches!(part, Filter::Relative(..)));
        let none = || Ok(Bounds::none(self.count_of(level)));

        let mut bounds = Bounds::all(self.count_of(level));
        for part in cheap {
            bounds = bounds.and(&self.meeting(part, level)?);
            if bounds.possible.count_set_bits() == 0 {
                return none();
            }
        }
        if relations.is_empty() && rest.is_empty() {
            return Ok(bounds);
        }
        let Some(mut left) = self.among_rows(&bounds.possible, level)? else { return none() };
        let mut known: Vec<(Relation, Bounds)> = Vec::with_capacity(relations.len());
        for part in relations {
            let Filter::Relative(relation, others) = part else { continue };
            let others = left.spans(others)?;
            left = match left.among_traces_of(&others.possible)? {
                Some(left) => left,
                None => return none(),
            };
            known.push((*relation, others));
        }
        known.sort_by_key(|(_, others)| others.possible.count_set_bits());
        let related = known.iter().map(|(relation, others)| Part::Related(*relation, others));
        for part in related.chain(rest.into_iter().map(Part::Filter)) {
            bounds = bounds.and(&match part {
                Part::Filter(filter) => left.meeting(filter, level)?,
                Part::Related(relation, others) => {
                    let spans = left.trees()?.standing(relation, others)?;
                    if level == Level::Traces { left.with_a_span(&spans)? } else { spans }
                }
            });
            left = match left.among_rows(&bounds.possible, level)? {
                Some(left) => left,
                None => return none(),
            };
        }
        Ok(bounds)
    }

    /// The rows that meet a filter.
    pub(super) fn meeting(&self, filter: &Filter, level: Level) -> Result<Bounds, StoreError> {
        match level {
            Level::Traces => self.traces(filter),
            Level::Spans => self.spans(filter),
        }
    }

    fn count_of(&self, level: Level) -> usize {
        match level {
            Level::Traces => self.source.trace_count(),
            Level::Spans => self.source.span_count(),
        }
    }

    /// Asks only about the traces of some rows; None where there are none.
    fn among_rows(&self, rows: &BooleanBuffer, level: Level) -> Result<Option<Self>, StoreError> {
        match level {
            Level::Traces => Ok(self.among(rows)),
            Level::Spans => self.among_traces_of(rows),
        }
    }

    /// Asks only about the traces that have one of the spans; None where there are none.
    pub(super) fn among_traces_of(&self, spans: &BooleanBuffer) -> Result<Option<Self>, StoreError> {
        Ok(self.among(&self.traces_with(spans)?))
    }

    fn among(&self, traces: &BooleanBuffer) -> Option<Self> {
        let asked = self.asked.as_ref().map_or_else(|| traces.clone(), |asked| asked & traces);
        (asked.count_set_bits() > 0).then_some(Self { source: self.source, asked: Some(asked) })
    }
}

/// A part that takes trees.
enum Part<'a> {
    /// To such spans, which are known.
    Related(Relation, &'a Bounds),
    Filter(&'a Filter),
}

fn needs_trees(filter: &Filter) -> bool {
    match filter {
        Filter::Relative(..) | Filter::Sequence(_) => true,
        Filter::All(parts) | Filter::Any(parts) => parts.iter().any(needs_trees),
        Filter::Not(inner) | Filter::Span(inner) | Filter::Trace(inner) => needs_trees(inner),
        Filter::Test(Test { subject, .. }) => matches!(subject, Subject::RollUp(_)),
        Filter::Words(_) | Filter::Log(_) => false,
    }
}
