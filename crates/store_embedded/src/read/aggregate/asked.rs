//! A question, and what every source needs to answer it.

use std::collections::BTreeSet;

use model::ProjectSlug;
use store::aggregate::{AggregateQuery, Dimension, OpenSubject, TallyKind};

use super::columns::columns_of_field;
use super::measured::columns_of_measure;
use crate::engine::Engine;
use crate::partials::QuestionHash;
use crate::read::snapshot::Snapshot;
use crate::read::stop::Stop;
use crate::read::verify::Verifier;
use crate::search::KnownTexts;
use store::TimeRange;

pub(super) struct Asked<'a> {
    pub(super) engine: &'a Engine,
    pub(super) snapshot: &'a Snapshot,
    pub(super) project: &'a ProjectSlug,
    pub(super) query: &'a AggregateQuery,
    /// What is gathered of each row of a group.
    pub(super) kinds: Vec<TallyKind>,
    pub(super) verifier: Verifier<'a>,
    pub(super) stop: &'a Stop,
    /// Of places, as far as segments have told.
    pub(super) texts: KnownTexts,
}

impl Asked<'_> {
    /// The columns that groups and figures are made of.
    pub(super) fn columns(&self) -> Vec<&'static str> {
        let mut columns: BTreeSet<&'static str> = BTreeSet::new();
        for grouping in &self.query.groupings {
            columns.extend(grouping.by.iter().filter_map(Dimension::field).map(|field| field.column));
            columns.extend(grouping.bucket.as_ref().map(|_| "start_unix_nanos"));
        }
        for kind in &self.kinds {
            columns.extend(kind.dimension.field().into_iter().flat_map(columns_of_field));
            columns.extend(columns_of_measure(kind));
        }
        columns.into_iter().collect()
    }

    /// Whether the texts are asked for that rows have at a place.
    pub(super) fn names_values_of(&self, open: &OpenSubject) -> bool {
        let grouped = self.query.groupings.iter().flat_map(|grouping| &grouping.by);
        let counted = self.kinds.iter().filter(|kind| kind.is_distinct).map(|kind| &kind.dimension);
        grouped.chain(counted).any(|dimension| dimension.open() == Some(open))
    }

    /// Whether the numbers are asked for that rows have at a place.
    pub(super) fn adds_up(&self, open: &OpenSubject) -> bool {
        self.kinds.iter().any(|kind| !kind.is_distinct && kind.dimension.open() == Some(open))
    }

    /// What decides the groups of a segment: not how many are told, nor in which order.
    pub(super) fn hash(&self, range: TimeRange, rows_apart: &[u32]) -> QuestionHash {
        let groupings = self.query.groupings.iter().map(|grouping| (&grouping.by, &grouping.bucket)).collect::<Vec<_>>();
        QuestionHash::of(&("figures", self.project, &self.query.filter, groupings, &self.kinds, range, rows_apart))
    }
}
