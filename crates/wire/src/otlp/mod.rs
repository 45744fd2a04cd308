//! The messages of OTLP (opentelemetry-proto 1.9), read into `model` and written from it.
//!
//! Fields the model does not know are skipped. In 1.9 these are `Resource.entity_refs` (in development, repeats keys of attributes)
//! and the `*_strindex` fields of attributes, which only profiles may use and which receivers of other signals treat as absent.
//! Where a message that should stand once stands twice, the last one wins; nobody sends that.

mod budget;

mod value;

pub(crate) mod event;
pub(crate) mod resource;

pub(crate) mod log;
pub(crate) mod metric;
pub(crate) mod span;

pub(crate) mod metric_group;
pub(crate) mod metric_value;

pub(crate) use budget::Budget;
