//! The borders of the crate: pages of cases, hostile spans, and the decisions of the tree.

mod corpus;
mod hostile;
mod page;
mod raw;
mod show;
mod trees;

mod pages;
