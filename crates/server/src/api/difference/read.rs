//! Reads the traces that were chosen, some at a time, and keeps what they say.

use std::borrow::Cow;
use std::collections::HashMap;

use model::{Span, SpanId, TraceId, TraceSummary};
use pipeline::PriceTables;
use query::Root;
use store::{Detail, StepOutput, TraceRecords, TracesQuery};

use super::profile::Profile;
use super::sample::shuffled;
use crate::aside::aside;
use crate::auth::ProjectScope;
use crate::limits::{DIFFERENCE_RUNS_AT_ONCE, DIFFERENCE_RUNS_MAX, DIFFERENCE_SPANS_AT_ONCE};
use crate::problem::Problem;

/// What the server was at, where it failed.
pub(super) const COMPARE: &str = "compare the traces";

/// Returns what each trace says; those that went meanwhile are left out.
pub(super) async fn profiles(scope: &ProjectScope, traces: Vec<TraceSummary>) -> Result<Vec<Profile>, Problem> {
    let mut profiles = Vec::with_capacity(traces.len());
    let tables = scope.price_tables().await?;
    for summaries in batches(traces, DIFFERENCE_SPANS_AT_ONCE, |trace| trace.span_count) {
        let trace_ids = summaries.iter().map(|trace| trace.trace_id).collect();
        let found = scope.traces(&TracesQuery { trace_ids, spans: None, detail: Detail::Columns }).await?;
        let tables = tables.clone();
        profiles.extend(aside(COMPARE, move || told(summaries, found, &tables)).await?);
    }
    add_outputs(scope, &mut profiles).await?;
    Ok(profiles)
}

fn told(summaries: Vec<TraceSummary>, found: Vec<TraceRecords>, tables: &PriceTables) -> Vec<Profile> {
    let mut summaries: HashMap<TraceId, TraceSummary> = summaries.into_iter().map(|trace| (trace.trace_id, trace)).collect();
    let profile = |records: TraceRecords| {
        let summary = summaries.remove(&records.trace_id)?;
        let trace = dialect::assemble_priced(records.spans, |span| pipeline::price_of(span, tables));
        let spans: Vec<Span> = trace.spans.into_iter().map(|node| node.span).collect();
        Some(Profile::new(&summary, &spans))
    };
    found.into_iter().filter_map(profile).collect()
}

/// Looks at the outputs of steps, of all runs of a trace or of none, until they are many.
async fn add_outputs(scope: &ProjectScope, profiles: &mut [Profile]) -> Result<(), Problem> {
    for some in batches(with_outputs(profiles), DIFFERENCE_RUNS_AT_ONCE, |at| profiles[*at].runs.len() as u64) {
        let named: HashMap<(TraceId, SpanId), String> = some.iter().flat_map(|at| runs_of(&profiles[*at])).collect();
        let found = scope.outputs(&named.keys().copied().collect::<Vec<_>>()).await?;
        let places: HashMap<TraceId, usize> = some.iter().map(|at| (profiles[*at].trace_id, *at)).collect();
        let derived = |output: StepOutput| match output {
            StepOutput::Known(output) => output,
            StepOutput::Raw(raw) => query::root_value(Root::Output, &dialect::translate(raw, &[])).map(Cow::into_owned),
        };
        let derive = move || found.into_iter().map(|span| (span.trace_id, span.span_id, derived(span.output))).collect::<Vec<_>>();
        for (trace_id, span_id, output) in aside(COMPARE, derive).await? {
            if let (Some(at), Some(step), Some(output)) = (places.get(&trace_id), named.get(&(trace_id, span_id)), output) {
                profiles[*at].add_output(step, &output);
            }
        }
    }
    Ok(())
}

/// Marks the traces whose outputs are looked at; returns those that have any, in their order. Which ones has nothing to do with what
/// they say.
fn with_outputs(profiles: &mut [Profile]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..profiles.len()).collect();
    order.sort_by_key(|at| shuffled(profiles[*at].trace_id));
    let mut left = DIFFERENCE_RUNS_MAX;
    let mut chosen = Vec::new();
    for at in order {
        let Some(rest) = left.checked_sub(profiles[at].runs.len() as u64) else { break };
        left = rest;
        profiles[at].has_outputs = true;
        if !profiles[at].runs.is_empty() {
            chosen.push(at);
        }
    }
    // Traces of one time lie beside each other, and are read together.
    chosen.sort_unstable();
    chosen
}

fn runs_of(profile: &Profile) -> impl Iterator<Item = ((TraceId, SpanId), String)> + '_ {
    profile.runs.iter().map(|(span_id, step)| ((profile.trace_id, *span_id), step.clone()))
}

/// Parts what is to be read into batches that weigh at most so much; what is heavier comes alone.
fn batches<Item>(items: Vec<Item>, weight_max: u64, weight_of: impl Fn(&Item) -> u64) -> Vec<Vec<Item>> {
    let mut batches: Vec<Vec<Item>> = Vec::new();
    let mut weight = 0;
    for item in items {
        weight += weight_of(&item);
        match batches.last_mut() {
            Some(batch) if weight <= weight_max => batch.push(item),
            _ => {
                weight = weight_of(&item);
                batches.push(vec![item]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_weighs_no_more_than_its_limit() {
        let weigh = |weights: &[u64]| batches(weights.to_vec(), 10, |weight| *weight);
        assert_eq!(weigh(&[4, 6, 1, 10, 11, 2]), [vec![4, 6], vec![1], vec![10], vec![11], vec![2]]);
    }

    #[test]
    fn outputs_are_looked_at_until_they_are_many() {
        let profile = |number: u8| {
            let trace_id = TraceId::from_bytes(&[number; 16]).unwrap();
            let span_id = SpanId::from_bytes(&[1; 8]).unwrap();
            let runs = vec![(span_id, "triage".to_owned()); DIFFERENCE_RUNS_MAX as usize / 2];
            Profile { trace_id, said: Default::default(), runs, has_outputs: false }
        };
        let mut profiles = [1, 2, 3].map(profile);
        assert_eq!((with_outputs(&mut profiles).len(), profiles.iter().filter(|profile| profile.has_outputs).count()), (2, 2));
    }
}
