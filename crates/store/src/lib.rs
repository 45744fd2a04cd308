//! The contract between clew and its engines, the oracle in memory, and the suite both are held to.
//!
//! An engine is anything that keeps spans durably and answers these questions; no caller knows which one it talks to.

pub mod limits;

mod batch;
mod compute;
mod derive_content;
mod error;
mod ledger;

mod query;
mod value_json;

pub mod aggregate;

pub mod sql;

mod asking;
mod deletion;
mod own_prices;
mod record_query;
mod rederive;
mod retention;
mod step_query;

mod status;
mod trace_totals;
mod understand;

mod group_query;

mod backup;
mod views;

mod catalog;

mod span_store;

pub mod memory;

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;

pub use asking::{Asking, Progress};
pub use backup::{BackupReceipt, BackupRest};
pub use batch::{BatchParts, CleanBatch, Receipt};
pub use catalog::{Catalog, Project};
pub use compute::{AT_ONCE_BYTES_MAX, BrokeOff, carry, compute};
pub use deletion::{Chosen, Deletion, DeletionCheck, DeletionReceipt, SaidByLog};
pub use derive_content::DeriveContent;
pub use error::{StoreError, with_causes};
pub use group_query::{Group, GroupKey, GroupPage, GroupQuery};
pub use ledger::Ledger;
pub use own_prices::{OwnPrice, OwnPrices, PriceTerms};
pub use query::{
    Detail, KeysetCursor, LogFilter, LogMatcher, LogPage, LogQuery, Order, SpanPage, SpanQuery, TimeRange, Total, TracePage, TraceQuery,
    TraceRecords, TraceSort, TracesQuery,
};
pub use record_query::{PointPage, PointQuery, RawPage, RawQuery};
pub use rederive::{DeriveSpan, Rederive, RederiveProgress, RederiveReceipt};
pub use retention::{Retention, RetentionStatus};
pub use span_store::SpanStore;
pub use status::{Damage, StoreStatus};
pub use step_query::{SpanOutput, StepOutput, StepPage, StepQuery, StepRun};
pub use trace_totals::TraceTotals;
pub use understand::{PlainUnderstanding, Understand};
pub use value_json::{attributes_json, value_json};
pub use views::{SavedView, ViewSaved, ViewTerms};
