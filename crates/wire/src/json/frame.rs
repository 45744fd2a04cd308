//! The frame of a JSON request: resource groups and scope groups; heads and records stay unread text.
//!
//! Text is skipped without recursion, so a record nested a million levels deep does no harm to its neighbours.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::limits::JSON_RECORDS_MAX;
use crate::signal::Signal;

/// An export request of any signal; only the lists of the one that was posted are looked at.
#[derive(serde::Deserialize)]
pub(super) struct Request<'a> {
    #[serde(borrow, default, rename = "resourceSpans", alias = "resource_spans")]
    spans: List<ResourceGroup<'a>>,
    #[serde(borrow, default, rename = "resourceLogs", alias = "resource_logs")]
    logs: List<ResourceGroup<'a>>,
    #[serde(borrow, default, rename = "resourceMetrics", alias = "resource_metrics")]
    metrics: List<ResourceGroup<'a>>,
}

#[derive(serde::Deserialize)]
pub(super) struct ResourceGroup<'a> {
    #[serde(borrow, default)]
    pub(super) resource: Option<&'a RawValue>,
    #[serde(default, rename = "schemaUrl", alias = "schema_url")]
    pub(super) schema_url: Option<String>,
    #[serde(borrow, default, rename = "scopeSpans", alias = "scope_spans")]
    spans: List<ScopeGroup<'a>>,
    #[serde(borrow, default, rename = "scopeLogs", alias = "scope_logs")]
    logs: List<ScopeGroup<'a>>,
    #[serde(borrow, default, rename = "scopeMetrics", alias = "scope_metrics")]
    metrics: List<ScopeGroup<'a>>,
}

#[derive(serde::Deserialize)]
pub(super) struct ScopeGroup<'a> {
    #[serde(borrow, default)]
    pub(super) scope: Option<&'a RawValue>,
    #[serde(default, rename = "schemaUrl", alias = "schema_url")]
    pub(super) schema_url: Option<String>,
    #[serde(borrow, default)]
    spans: List<&'a RawValue>,
    #[serde(borrow, default, rename = "logRecords", alias = "log_records")]
    logs: List<&'a RawValue>,
    #[serde(borrow, default)]
    metrics: List<&'a RawValue>,
}

impl<'a> Request<'a> {
    pub(super) fn groups(self, signal: Signal) -> Vec<ResourceGroup<'a>> {
        choose(signal, self.spans, self.logs, self.metrics)
    }
}

impl<'a> ResourceGroup<'a> {
    pub(super) fn children(self, signal: Signal) -> Vec<ScopeGroup<'a>> {
        choose(signal, self.spans, self.logs, self.metrics)
    }
}

impl<'a> ScopeGroup<'a> {
    pub(super) fn children(self, signal: Signal) -> Vec<&'a RawValue> {
        choose(signal, self.spans, self.logs, self.metrics)
    }
}

fn choose<T>(signal: Signal, spans: List<T>, logs: List<T>, metrics: List<T>) -> Vec<T> {
    match signal {
        Signal::Traces => spans.0,
        Signal::Logs => logs.0,
        Signal::Metrics => metrics.0,
    }
}

/// A list that may be null, with nulls in it left out, and bounded while it is read.
pub(super) struct List<T>(pub(super) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<List<T>, E> {
        Ok(List::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<List<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element::<Option<T>>()? {
            if list.len() == JSON_RECORDS_MAX {
                return Err(serde::de::Error::custom("list is too long"));
            }
            list.extend(element);
        }
        Ok(List(list))
    }
}
