//! The words of one row.

use std::collections::BTreeMap;

use super::TreeOptions;
use super::forest::Forest;
use super::rollup::{Rollup, covered_nanos, median_nanos, rollup};
use crate::client::{Placeholder, Span, TraceSummary};
use crate::format::{self, Cost};
use crate::line::{Line, Role, one_line};

/// The row of one span; a root speaks for its trace.
pub(super) fn span(forest: &Forest<'_>, index: usize, trace: Option<&TraceSummary>, options: &TreeOptions) -> Line {
    let span = &forest.spans[index];
    let fails = forest.fails_by_itself(index);
    let mut line = if fails { Line::new().with(Role::Bad, "! ") } else { Line::plain("- ") };
    line.append(title(span, options, if fails { Role::Bad } else { Role::Strong }));
    line.push(Role::Plain, format!(" ({})", times(span, options)));
    if fails && trace.is_none() {
        line.push(Role::Plain, " · ");
        line.push(Role::Bad, error_text(span));
        return line;
    }
    line.append(numbers(forest, index, trace));
    if let Some(documents) = documents(span) {
        line.push(Role::Plain, format!(" · {documents}"));
    }
    if trace.is_some() && span.has_failed() {
        line.push(Role::Plain, " · ");
        line.push(Role::Bad, if fails { error_text(span) } else { "error".to_owned() });
    }
    line
}

/// The row of siblings that are folded to one.
pub(super) fn fold(forest: &Forest<'_>, indexes: &[usize], options: &TreeOptions) -> Line {
    let mut line = Line::plain("- ");
    if let Some(first) = indexes.first() {
        line.append(title(&forest.spans[*first], options, Role::Strong));
    }
    let median = median_nanos(forest, indexes).map_or(format::MISSING.to_owned(), format::duration);
    line.push(
        Role::Plain,
        format!(" × {} ({}, p50 {median})", format::count_exact(indexes.len() as u64), format::duration(covered_nanos(forest, indexes))),
    );
    let errors = indexes.iter().filter(|index| forest.spans[**index].has_failed()).count();
    if errors > 0 {
        line.push(Role::Plain, " · ");
        line.push(Role::Bad, format::plural(errors, "error"));
    }
    line.append(rolled_up(rollup(forest, indexes)));
    line
}

/// The mark where spans are left out.
pub(super) fn hidden(forest: &Forest<'_>, indexes: &[usize]) -> Line {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for index in indexes.iter().copied().chain(forest.below(indexes)).filter(|index| !forest.is_shown(*index)) {
        *counts.entry(plumbing_word(&forest.spans[index])).or_default() += 1;
    }
    let mut kinds: Vec<(&str, usize)> = counts.into_iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let total: usize = kinds.iter().map(|(_, count)| count).sum();
    let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    Line::new().with(Role::Dim, format!("· {total} hidden ({}): --all", kinds.join(", ")))
}

/// A span that was sent in advance of another is none of its kind yet.
fn plumbing_word(span: &Span) -> &str {
    if span.is_pending() { "announced" } else { span.kind() }
}

/// The mark where the tree is deeper than asked for.
pub(super) fn below(count: usize, level: usize) -> Line {
    Line::new().with(Role::Dim, format!("· {} more below: --depth {}", format::count_exact(count as u64), level + 1))
}

/// The row of a parent that has not come.
pub(super) fn missing(placeholder: &Placeholder, options: &TreeOptions) -> Line {
    let name = placeholder.name.as_deref().map(one_line).unwrap_or_else(|| placeholder.span_id.clone());
    Line::new().with(Role::Dim, format!("? {name} (parent not received{})", last_sign(placeholder.last_seen_unix_nanos, options)))
}

/// `, last sign of life 3 min ago`, where the time of looking is known.
fn last_sign(last_seen_unix_nanos: Option<u64>, options: &TreeOptions) -> String {
    match (last_seen_unix_nanos, options.now_unix_nanos) {
        (Some(last_seen), Some(now)) => format!(", last sign of life {}", format::ago(last_seen, now)),
        _ => String::new(),
    }
}

fn title(span: &Span, options: &TreeOptions, role: Role) -> Line {
    let mut line = Line::new();
    if let Some(word) = kind_word(span.kind()) {
        line.push(kind_role(span.kind()), format!("{word} "));
    }
    line.push(role, name(span, options));
    line
}

/// Kinds that the name alone does not tell; agents and steps are what the tree is made of and need no word.
fn kind_word(kind: &str) -> Option<&str> {
    match kind {
        "agent" | "workflow" | "step" | "chain" | "span" | "retrieval" => None,
        word => Some(word),
    }
}

fn kind_role(kind: &str) -> Role {
    match kind {
        "agent" | "agent_call" | "workflow" => Role::Agent,
        "llm" | "prompt" | "audio" => Role::Model,
        "tool" | "memory" => Role::Tool,
        "retrieval" | "embedding" | "rerank" => Role::Retrieval,
        "guardrail" | "evaluator" | "decision" => Role::Judge,
        _ => Role::Infra,
    }
}

/// A model call is known by its model, anything else by its name.
fn name(span: &Span, options: &TreeOptions) -> String {
    if options.raw_names {
        return one_line(span.raw_name.as_deref().unwrap_or(&span.name));
    }
    let name = match span.kind() {
        "llm" => span.model(),
        "tool" => span.tool_name.as_deref(),
        _ => None,
    };
    one_line(name.unwrap_or(&span.name))
}

fn times(span: &Span, options: &TreeOptions) -> String {
    let running = || format!("running{}", last_sign(span.last_seen_unix_nanos, options));
    let duration = span.duration_nanos().map_or_else(running, format::duration);
    match span.ttft_nanos {
        Some(ttft) => format!("{duration}, ttft {}", format::duration(ttft)),
        None => duration,
    }
}

/// Tokens and money: a root has those of its trace, an agent those of everything below it, a model call its own.
fn numbers(forest: &Forest<'_>, index: usize, trace: Option<&TraceSummary>) -> Line {
    let span = &forest.spans[index];
    // Summed only where it is shown: a sum at each level of a deep tree would cost the square of its depth.
    let sum = || rollup(forest, &[index]);
    match trace {
        Some(trace) if trace.cost_status.is_some() && trace.usage.is_some() => {
            tokens_and_cost(trace.tokens().map(format::count), trace.cost())
        }
        Some(_) => rolled_up(sum()),
        None if matches!(span.kind(), "agent" | "workflow") => rolled_up(sum()),
        None if forest.children(index).is_empty() || span.is_billed() => tokens_and_cost(own_tokens(span), span.cost()),
        None => Line::new(),
    }
}

fn rolled_up(sum: Rollup) -> Line {
    tokens_and_cost(sum.tokens.map(format::count), sum.cost)
}

fn own_tokens(span: &Span) -> Option<String> {
    let usage = span.usage.as_ref()?;
    match (usage.get("input_tokens"), usage.get("output_tokens")) {
        (Some(input), Some(output)) if span.kind() != "embedding" => Some(format!("{}→{}", format::count(*input), format::count(*output))),
        _ => span.tokens().map(format::count),
    }
}

fn tokens_and_cost(tokens: Option<String>, cost: Cost) -> Line {
    let mut line = Line::new();
    if let Some(tokens) = tokens {
        line.push(Role::Plain, format!(" · {tokens} tok"));
    }
    if cost != Cost::None {
        line.push(Role::Plain, " · ");
        line.push(if cost == Cost::NoPrice { Role::Warning } else { Role::Plain }, format::cost(cost));
    }
    line
}

fn documents(span: &Span) -> Option<String> {
    let documents = span.documents.as_ref().filter(|documents| !documents.is_empty())?;
    let count = format::plural(documents.len(), "doc");
    let best = documents.iter().filter_map(|document| document.score).fold(f64::NEG_INFINITY, f64::max);
    Some(if best.is_finite() { format!("{count}, top {best:.2}") } else { count })
}

/// The error in one line: `RateLimitError: 429 tokens per minute`.
fn error_text(span: &Span) -> String {
    let message = span.status_message.as_deref().map(one_line).filter(|message| !message.is_empty());
    match (span.error_type.as_deref().map(one_line), message) {
        (Some(kind), Some(message)) if !message.contains(&kind) => format!("{kind}: {message}"),
        (_, Some(message)) => message,
        (Some(kind), None) => kind,
        (None, None) => "error".to_owned(),
    }
}
