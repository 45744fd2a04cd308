//! The shapes of the answers: what API.md promises, made from the domain's types.

mod message;

mod damage;
mod labels;
mod log;
mod placeholder;
mod raw;
mod skeleton;

mod span;
mod summary;

pub(crate) use damage::DamageShape;
pub(crate) use log::LogAnswer;
pub(crate) use placeholder::PlaceholderAnswer;
pub(crate) use skeleton::SkeletonAnswer;
pub(crate) use span::SpanAnswer;
pub(crate) use summary::TraceSummaryAnswer;
