//! What a trace row says for itself, by the rules of the list of traces.

use std::borrow::Cow;

use model::{CostStatus, Label, NanoUsd, ObservationType, Span, SpanId, SpanStatus, Usage, Visibility};

use super::fields::usage_unit;
use super::roll_up::is_billed;
use super::scalar::{Found, Scalar};
use super::trace_row::TraceRow;
use crate::field::Field;

/// The value of a field of the trace.
pub(super) fn value_of(field: &Field, trace: &TraceRow<'_>) -> Found<'static> {
    let integer = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let text = |text: &str| Found::one(Some(Scalar::Text(Cow::Owned(text.to_owned()))));
    if let Some(unit) = usage_unit(field.name) {
        return Found::number(billed(trace.spans).filter_map(|span| span.usage.get(unit)).reduce(u64::saturating_add).map(integer));
    }
    match field.name {
        "status" => text(status(trace).as_str()),
        "name" => name(trace).map_or_else(Found::default, |name| text(&name)),
        "start_unix_nanos" => Found::number(first_start(trace).map(integer)),
        "end_unix_nanos" => Found::number(last_end(trace).map(integer)),
        "duration_nanos" => Found::number(duration_nanos(trace).map(integer)),
        "ttft_nanos" => {
            let mut told = trace.in_order().filter(|span| is_billed(span)).filter_map(|span| span.ttft_nanos);
            Found::number(told.next().map(integer))
        }
        "cost_usd" => {
            let cost = billed(trace.spans).filter_map(|span| span.price.cost).reduce(|one: NanoUsd, other| one + other);
            Found::number(cost.map(|cost| cost.0))
        }
        "cost_status" => text(cost_status(trace).as_str()),
        _ => Found::default(),
    }
}

fn billed(spans: &[Span]) -> impl Iterator<Item = &Span> {
    spans.iter().filter(|span| is_billed(span))
}

/// Input and output tokens of a span; those known, where one of the two is not.
pub(super) fn span_tokens(span: &Span) -> Option<i64> {
    let known = [Usage::INPUT, Usage::OUTPUT].into_iter().filter_map(|unit| span.usage.get(unit));
    known.reduce(u64::saturating_add).map(|tokens| i64::try_from(tokens).unwrap_or(i64::MAX))
}

/// The tokens of all billing leaves; None where none tells any.
pub(super) fn tokens(spans: &[Span]) -> Option<i64> {
    billed(spans).filter_map(span_tokens).reduce(i64::saturating_add)
}

/// The first span to start of those that name no parent; one sent in advance of itself is none.
fn root<'a>(trace: &TraceRow<'a>) -> Option<&'a Span> {
    trace.in_order().find(|span| span.parent_span_id.is_none() && !is_pending(span))
}

fn is_pending(span: &Span) -> bool {
    span.visibility == Visibility::Partial
}

/// The root's, and `running` while it has not come or a span is known to run; a failed root has failed whatever still runs.
///
/// Without a root a topmost span that failed and is no tool has failed the trace.
fn status(trace: &TraceRow<'_>) -> SpanStatus {
    let runs = || trace.spans.iter().any(|span| span.is_running() && !is_pending(span));
    let has_failed = |at: usize| {
        let span = &trace.spans[at];
        span.status == SpanStatus::Error && span.observation_type != ObservationType::Tool && trace.tree.parents[at].is_none()
    };
    match root(trace) {
        Some(root) if root.status == SpanStatus::Error => SpanStatus::Error,
        Some(root) if root.is_running() || runs() => SpanStatus::Running,
        Some(root) => root.status,
        None if trace.spans.is_empty() => SpanStatus::Unset,
        None if (0..trace.spans.len()).any(has_failed) => SpanStatus::Error,
        None => SpanStatus::Running,
    }
}

/// The name a sender gave to the trace, the root's word first; else that of its top, or where that is plumbing, of the first span
/// below it that is shown.
fn name(trace: &TraceRow<'_>) -> Option<String> {
    let roots = trace.in_order().filter(|span| span.parent_span_id.is_none());
    let given = roots.chain(trace.in_order()).find_map(|span| span.trace_name.as_ref());
    let top = top(trace);
    let is_plumbing = |span: &&Span| matches!(span.visibility, Visibility::Infra | Visibility::Internal);
    let first_shown = || trace.tree.by_level().into_iter().map(|at| &trace.spans[at]).find(|span| is_shown(span));
    let namesake = || top.filter(|top| !is_plumbing(top)).or_else(first_shown).or(top);
    given.or_else(|| namesake().map(|span| &span.name)).cloned()
}

/// The root, else what was sent in advance of it, else the first span that hangs under nothing known, shown ones first.
fn top<'a>(trace: &TraceRow<'a>) -> Option<&'a Span> {
    let has_no_parent = |at: &usize| trace.tree.parents[*at].is_none();
    let topmost = || trace.tree.order().iter().filter(|at| has_no_parent(at)).map(|at| &trace.spans[*at]);
    // No parent is written as an id of zeros, which is no id.
    let is_announced_root = |span: &Span| span.labels.get(Label::PendingParentId).is_some_and(|id| id.parse::<SpanId>().is_err());
    let announced = || topmost().find(|span| is_pending(span) && is_announced_root(span));
    root(trace).or_else(announced).or_else(|| topmost().find(|span| is_shown(span))).or_else(|| topmost().next())
}

fn is_shown(span: &Span) -> bool {
    span.visibility == Visibility::App
}

fn first_start(trace: &TraceRow<'_>) -> Option<u64> {
    trace.in_order().next().map(|span| span.start_unix_nanos)
}

/// The last end of a span; None while the trace runs.
fn last_end(trace: &TraceRow<'_>) -> Option<u64> {
    let runs = status(trace) == SpanStatus::Running || trace.spans.iter().any(Span::is_running);
    trace.spans.iter().map(|span| span.end_unix_nanos).max().filter(|_| !runs)
}

/// The root's, None while it runs; without a root, from the first start to the last end of a trace that has ended.
fn duration_nanos(trace: &TraceRow<'_>) -> Option<u64> {
    match root(trace) {
        Some(root) => root.duration_nanos(),
        None => Some(last_end(trace)?.saturating_sub(first_start(trace)?)),
    }
}

fn cost_status(trace: &TraceRow<'_>) -> CostStatus {
    let (mut is_priced, mut is_unpriced) = (false, false);
    for span in billed(trace.spans) {
        is_priced |= span.price.cost.is_some();
        is_unpriced |= span.price.status == CostStatus::Partial || (span.price.cost.is_none() && span.price.status == CostStatus::NoPrice);
    }
    match (is_priced, is_unpriced) {
        (false, true) => CostStatus::NoPrice,
        (false, false) => CostStatus::None,
        (true, true) => CostStatus::Partial,
        (true, false) => CostStatus::Priced,
    }
}
