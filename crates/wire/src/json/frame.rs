//! The frame of a JSON request: resource groups and scope groups; heads and records stay unread text.
//!
//! Text is skipped without recursion, so a record nested a million levels deep does no harm to its neighbours.
//! Each level is parsed when its turn comes: a group may be three bytes of text and costs a hundred of memory.

use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::limits::JSON_RECORDS_MAX;
use crate::signal::Signal;

/// An export request of any signal; only the lists of the one that was posted are looked at.
#[derive(serde::Deserialize)]
pub(super) struct Request<'a> {
    #[serde(borrow, default, rename = "resourceSpans", alias = "resource_spans")]
    spans: List<'a>,
    #[serde(borrow, default, rename = "resourceLogs", alias = "resource_logs")]
    logs: List<'a>,
    #[serde(borrow, default, rename = "resourceMetrics", alias = "resource_metrics")]
    metrics: List<'a>,
}

#[derive(serde::Deserialize)]
pub(super) struct ResourceGroup<'a> {
    #[serde(borrow, default)]
    pub(super) resource: Option<&'a RawValue>,
    #[serde(default, rename = "schemaUrl", alias = "schema_url")]
    pub(super) schema_url: Option<String>,
    #[serde(borrow, default, rename = "scopeSpans", alias = "scope_spans")]
    spans: List<'a>,
    #[serde(borrow, default, rename = "scopeLogs", alias = "scope_logs")]
    logs: List<'a>,
    #[serde(borrow, default, rename = "scopeMetrics", alias = "scope_metrics")]
    metrics: List<'a>,
}

#[derive(serde::Deserialize)]
pub(super) struct ScopeGroup<'a> {
    #[serde(borrow, default)]
    pub(super) scope: Option<&'a RawValue>,
    #[serde(default, rename = "schemaUrl", alias = "schema_url")]
    pub(super) schema_url: Option<String>,
    #[serde(borrow, default)]
    spans: List<'a>,
    #[serde(borrow, default, rename = "logRecords", alias = "log_records")]
    logs: List<'a>,
    #[serde(borrow, default)]
    metrics: List<'a>,
}

/// A level of the frame, with a list of the next one for each signal.
pub(super) trait Level<'a> {
    /// Returns the children of one signal, unread.
    fn children(&self, signal: Signal) -> &[&'a RawValue];
}

impl<'a> Level<'a> for Request<'a> {
    fn children(&self, signal: Signal) -> &[&'a RawValue] {
        choose(signal, &self.spans, &self.logs, &self.metrics)
    }
}

impl<'a> Level<'a> for ResourceGroup<'a> {
    fn children(&self, signal: Signal) -> &[&'a RawValue] {
        choose(signal, &self.spans, &self.logs, &self.metrics)
    }
}

impl<'a> Level<'a> for ScopeGroup<'a> {
    fn children(&self, signal: Signal) -> &[&'a RawValue] {
        choose(signal, &self.spans, &self.logs, &self.metrics)
    }
}

fn choose<'s, 'a>(signal: Signal, spans: &'s List<'a>, logs: &'s List<'a>, metrics: &'s List<'a>) -> &'s [&'a RawValue] {
    match signal {
        Signal::Traces => &spans.0,
        Signal::Logs => &logs.0,
        Signal::Metrics => &metrics.0,
    }
}

/// A list that may be null, with nulls in it left out, and bounded while it is read.
#[derive(Default)]
pub(super) struct List<'a>(pub(super) Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for List<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor)
    }
}

struct ListVisitor;

impl<'de> Visitor<'de> for ListVisitor {
    type Value = List<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<List<'de>, E> {
        Ok(List::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<List<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element::<Option<&RawValue>>()? {
            if list.len() == JSON_RECORDS_MAX {
                return Err(serde::de::Error::custom("list is too long"));
            }
            list.extend(element);
        }
        Ok(List(list))
    }
}
