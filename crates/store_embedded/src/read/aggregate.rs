//! Answers by figures: walks over the columns a question names, on all cores, and gathers groups.
//!
//! Texts stay what they are on disk, numbers of a dictionary: a row costs some nanoseconds a column, where grouping by the texts
//! themselves costs ten times that. Spans with several versions are few; they are merged like those of a trace and taken in one by one.

mod columns;
mod stop;

mod condition;
mod exploded;
mod measured;

mod grouper;
mod unit;

mod walk;

mod steps;

use std::collections::BTreeSet;
use std::time::Instant;

use model::ProjectSlug;
use store::StoreError;
use store::aggregate::{AggregateAnswer, AggregateQuery, Condition, Gathered, QueryCost, TallyKind};

pub(crate) use steps::runs_of_step;
pub(crate) use stop::Stop;

use self::columns::{Rows, columns_of_field};
use self::grouper::Grouper;
use self::measured::{Measured, columns_of_measure};
use self::walk::{Taker, Walked, Wanted, walk};
use crate::engine::Engine;
use crate::limits::FIGURE_BYTES_MAX;

pub(crate) fn aggregate(
    engine: &Engine,
    project: &ProjectSlug,
    query: &AggregateQuery,
    stop: &Stop,
) -> Result<AggregateAnswer, StoreError> {
    let began = Instant::now();
    query.check()?;
    let mut gathered = Gathered::new(query);
    let kinds = gathered.kinds().to_vec();
    let wanted = Wanted {
        project,
        range: query.range,
        condition: Condition::new(&query.filter)?,
        columns: columns_of_question(query, &kinds),
        newest_first: false,
    };
    let Walked { takers, merged, cost } = walk(engine, &wanted, stop, || Groupers::new(query, &kinds))?;
    for taker in takers {
        taker.pour(&mut gathered)?;
    }
    merged.iter().try_for_each(|span| gathered.add(span))?;
    Ok(gathered.answer(QueryCost { nanos: began.elapsed().as_nanos() as u64, ..cost }))
}

fn columns_of_question(query: &AggregateQuery, kinds: &[TallyKind]) -> BTreeSet<&'static str> {
    let mut columns: BTreeSet<&'static str> = BTreeSet::new();
    for grouping in &query.groupings {
        columns.extend(grouping.by.iter().map(|field| field.column));
        columns.extend(grouping.bucket.map(|_| "start_unix_nanos"));
    }
    for kind in kinds {
        columns.extend(columns_of_field(kind.field));
        columns.extend(columns_of_measure(kind));
    }
    columns
}

/// One thread's groups of all groupings.
struct Groupers<'a> {
    kinds: &'a [TallyKind],
    groupers: Vec<Grouper<'a>>,
    rows: u64,
}

impl<'a> Groupers<'a> {
    fn new(query: &'a AggregateQuery, kinds: &'a [TallyKind]) -> Self {
        Self { kinds, groupers: query.groupings.iter().map(|grouping| Grouper::new(grouping, kinds)).collect(), rows: 0 }
    }

    fn pour(self, gathered: &mut Gathered<'_>) -> Result<(), StoreError> {
        gathered.add_rows(self.rows);
        self.groupers.into_iter().enumerate().try_for_each(|(grouping, grouper)| grouper.pour(grouping, gathered))
    }
}

impl Taker for Groupers<'_> {
    fn take(&mut self, rows: &Rows) -> Result<(), StoreError> {
        self.rows += rows.count() as u64;
        let measured = self.kinds.iter().map(|kind| Measured::new(kind, rows)).collect::<Result<Vec<_>, _>>()?;
        self.groupers.iter_mut().try_for_each(|grouper| grouper.add(rows, &measured))?;
        if self.groupers.iter().map(Grouper::bytes).sum::<usize>() > FIGURE_BYTES_MAX {
            return Err(store::aggregate::too_many_groups());
        }
        Ok(())
    }
}
