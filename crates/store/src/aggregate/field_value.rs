//! What a span says in a canonical field.

use std::borrow::Cow;

use model::{Billing, CostStatus, Span, Usage};
use query::{Field, FieldType, Unit};

/// The value of a field; absent means unknown.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue<'a> {
    Absent,
    Text(Cow<'a, str>),
    /// In the field's unit.
    Number(i128),
    Truth(bool),
    /// At least one.
    Texts(&'a [String]),
}

impl FieldValue<'_> {
    /// The names of the groups the row is in: one, or one for each text of a list.
    pub fn group_names(&self) -> Vec<Option<String>> {
        match self {
            Self::Absent => vec![None],
            Self::Text(text) => vec![Some(text.to_string())],
            Self::Number(number) => vec![Some(number.to_string())],
            Self::Truth(truth) => vec![Some(truth.to_string())],
            Self::Texts(texts) => {
                let mut names: Vec<Option<String>> = texts.iter().cloned().map(Some).collect();
                names.sort_unstable();
                names.dedup();
                names
            }
        }
    }
}

/// Returns the value of a field of a span, read with its columns.
pub fn value_of<'a>(span: &'a Span, field: &Field) -> FieldValue<'a> {
    match field.kind {
        FieldType::Text => text_of(span, field.name).map_or(FieldValue::Absent, FieldValue::Text),
        FieldType::Number(_) => number_of(span, field.name).map_or(FieldValue::Absent, FieldValue::Number),
        FieldType::Truth => span.stream.map_or(FieldValue::Absent, FieldValue::Truth),
        FieldType::Texts => match texts_of(span, field.name) {
            [] => FieldValue::Absent,
            texts => FieldValue::Texts(texts),
        },
    }
}

fn text_of<'a>(span: &'a Span, name: &str) -> Option<Cow<'a, str>> {
    let optional = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
    match name {
        "status" => Some(span.status.as_str().into()),
        "name" => Some(span.name.as_str().into()),
        "obs_type" => Some(span.observation_type.as_str().into()),
        "operation" => optional(&span.operation),
        "provider" => optional(&span.provider),
        "request_model" => optional(&span.request_model),
        "response_model" => optional(&span.response_model),
        "session_id" => optional(&span.session_id),
        "user_id" => optional(&span.user_id),
        "service_name" => optional(&span.service_name),
        "environment" => optional(&span.environment),
        "release" => optional(&span.release),
        "agent_name" => optional(&span.agent_name),
        "workflow_name" => optional(&span.workflow_name),
        "step_name" => optional(&span.step.name),
        "tool_name" => optional(&span.tool_name),
        "tool_call_id" => optional(&span.tool_call_id),
        "prompt_name" => optional(&span.prompt_name),
        "prompt_version" => optional(&span.prompt_version),
        "error_type" => optional(&span.error_type),
        "status_message" => optional(&span.status_message),
        "level" => Some(span.level.as_str().into()),
        "kind" => Some(span.kind.as_str().into()),
        "billing" => Some(span.billing.as_str().into()),
        "visibility" => Some(span.visibility.as_str().into()),
        "trace_name" => optional(&span.trace_name),
        "raw_name" => Some(span.raw_name.as_str().into()),
        "response_id" => optional(&span.response_id),
        "cost_status" => Some(span.price.status.as_str().into()),
        // OTLP has no word for an absent scope but the empty text.
        "scope_name" => Some(span.scope_name.as_str().into()).filter(|text: &Cow<'_, str>| !text.is_empty()),
        "scope_version" => Some(span.scope_version.as_str().into()).filter(|text: &Cow<'_, str>| !text.is_empty()),
        "trace_id" => Some(span.trace_id.to_string().into()),
        "span_id" => Some(span.span_id.to_string().into()),
        "parent_span_id" => span.parent_span_id.map(|id| id.to_string().into()),
        _ => None,
    }
}

fn number_of(span: &Span, name: &str) -> Option<i128> {
    match name {
        "start_unix_nanos" => Some(span.start_unix_nanos.into()),
        "end_unix_nanos" => Some(span.end_unix_nanos).filter(|nanos| *nanos != 0).map(i128::from),
        "duration_nanos" => span.duration_nanos().map(i128::from),
        "ttft_nanos" => span.ttft_nanos.map(i128::from),
        "step_index" => span.step.index.map(i128::from),
        "attempt" => span.step.attempt.map(i128::from),
        "http_status" => span.http_status.map(i128::from),
        "cost_usd" => span.price.cost.map(|cost| cost.0.into()),
        Usage::INPUT | Usage::OUTPUT | Usage::CACHE_READ | Usage::CACHE_WRITE | Usage::REASONING => span.usage.get(name).map(i128::from),
        _ => None,
    }
}

fn texts_of<'a>(span: &'a Span, name: &str) -> &'a [String] {
    match name {
        "tags" => &span.tags,
        "finish_reasons" => &span.finish_reasons,
        "dialects" => &span.dialects,
        _ => &[],
    }
}

/// Whether a row enters the figures of a field: tokens and money count where they are billed, and money where there is something to pay.
pub(super) fn is_counted(span: &Span, field: &Field) -> bool {
    !is_billed_field(field)
        || (span.billing == Billing::Leaf
            && span.billed_in.is_none()
            && (field.kind != FieldType::Number(Unit::NanoUsd) || span.price.cost.is_some() || span.price.status != CostStatus::None))
}

/// Whether a field is of tokens or money.
pub(super) fn is_billed_field(field: &Field) -> bool {
    field.kind == FieldType::Number(Unit::NanoUsd) || field.name.ends_with("_tokens")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::{NanoUsd, RawSpan, SpanStatus, StepPosition, TraceId};
    use query::FIELDS;

    use super::*;

    /// A span that says something in every field.
    fn talkative() -> Span {
        let text = || Some("text".to_owned());
        let ids = (TraceId::from_bytes(&[1; 16]).unwrap(), "b7ad6b7169203331".parse().unwrap());
        let raw = RawSpan { start_unix_nanos: 5, end_unix_nanos: 7, ..RawSpan::new(ids.0, ids.1, Arc::default(), Arc::default()) };
        Span {
            parent_span_id: "b7ad6b7169203332".parse().ok(),
            status: SpanStatus::Error,
            operation: text(),
            provider: text(),
            request_model: text(),
            response_model: text(),
            response_id: text(),
            session_id: text(),
            user_id: text(),
            service_name: text(),
            environment: text(),
            release: text(),
            agent_name: text(),
            workflow_name: text(),
            step: StepPosition { name: text(), index: Some(1), attempt: Some(2) },
            tool_name: text(),
            tool_call_id: text(),
            prompt_name: text(),
            prompt_version: text(),
            error_type: text(),
            status_message: text(),
            trace_name: text(),
            scope_name: "scope".into(),
            scope_version: "1".into(),
            http_status: Some(200),
            stream: Some(true),
            ttft_nanos: Some(1),
            tags: vec!["b".into(), "a".into(), "b".into()],
            finish_reasons: vec!["stop".into()],
            dialects: vec!["otel".into()],
            usage: [Usage::INPUT, Usage::OUTPUT, Usage::CACHE_READ, Usage::CACHE_WRITE, Usage::REASONING]
                .map(|unit| (unit, 3))
                .into_iter()
                .collect(),
            price: model::Price { cost: Some(NanoUsd(4)), ..model::Price::default() },
            ..Span::from_raw(Arc::new(raw))
        }
    }

    #[test]
    fn every_field_is_found() {
        let span = talkative();
        for field in FIELDS {
            assert_ne!(value_of(&span, field), FieldValue::Absent, "{}", field.name);
        }
    }

    #[test]
    fn a_row_is_once_in_the_group_of_each_of_its_texts() {
        let span = talkative();
        let tags = value_of(&span, query::field("tags").unwrap());
        assert_eq!(tags.group_names(), [Some("a".to_owned()), Some("b".to_owned())]);
    }

    #[test]
    fn money_counts_where_it_is_paid() {
        let cost = query::field("cost_usd").unwrap();
        let leaf = Span { billing: Billing::Leaf, ..talkative() };
        assert!(is_counted(&leaf, cost));
        let elsewhere = Span { billed_in: Some(leaf.trace_id), ..leaf.clone() };
        let mut free = leaf.clone();
        free.price = model::Price::default();
        let mut unpriced = free.clone();
        unpriced.price.status = CostStatus::NoPrice;
        assert_eq!([talkative(), elsewhere, free, unpriced].map(|span| is_counted(&span, cost)), [false, false, false, true]);
        assert!(is_counted(&talkative(), query::field("duration_nanos").unwrap()));
    }
}
