//! The commands, one file each.

mod history;
mod span_reference;
mod view_reference;

mod list;

pub(crate) mod backup;
pub(crate) mod completions;
pub(crate) mod cost;
pub(crate) mod delete;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod prices;
pub(crate) mod query;
pub(crate) mod renormalize;
pub(crate) mod reprice;
pub(crate) mod restore;
pub(crate) mod send;
pub(crate) mod serve;
pub(crate) mod sessions;
pub(crate) mod spans;
pub(crate) mod status;
pub(crate) mod steps;
pub(crate) mod tail;
pub(crate) mod trace;
pub(crate) mod traces;
pub(crate) mod verify;
pub(crate) mod version;
pub(crate) mod views;
pub(crate) mod why;
