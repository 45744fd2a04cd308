//! The borders of the crate: pages of cases, hostile spans, and the decisions of the tree.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod both;
mod raw;

mod corpus;
mod hostile;
mod measure;
mod page;
mod show;
mod trees;

mod pages;
