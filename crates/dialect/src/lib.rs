//! Vocabularies in, one canonical span out; and traces from spans.
//!
//! What an attribute is called in some SDK stands in `tables/*.toml`; this crate holds the verbs that read it.
//! No IO, no async, and no failure: what is not understood stays in the raw span, and what is assumed stands in `notes`.

mod limits;

mod json;
mod pyrepr;
mod vectors;

mod table;

mod facts;

mod messages;

mod classify;
mod content;
mod errors;
mod identity;
mod noise;
mod previews;
mod provider;
mod timing;
mod usage;

mod glance;

mod agents;
pub use agents::{AgentLogs, AgentSessions, places_of_logs, spans_from_logs};

mod metrics;
pub use metrics::{Measure, MetricMeaning, metric_meaning, metric_names};

mod series;
pub use series::{Distribution, Number, Series, SeriesSet, Tally};

mod translate;
pub use translate::{Columns, MAPPING_VERSION, translate, translate_columns};

mod advice;
pub use advice::{Advice, advice_for};

mod explain;
pub use explain::{Explanation, Source, explain};

mod links;
pub use links::{LinkType, link_types};

mod trace;
pub use trace::{Node, Placeholder, Trace, assemble, assemble_priced};
