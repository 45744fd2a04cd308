//! Lists sessions and users by their latest activity: newest segments first, and no more of them than the page needs.
//!
//! Each segment says once which traces carry which name and what they add up to; the rows of a page are sums of that.

mod named;
mod places;
mod wanted;

use std::collections::{HashMap, HashSet};

use model::ProjectSlug;
use query::Filter;
use store::aggregate::{Distinct, hash_of_text};
use store::{GroupPage, GroupQuery, Order, StoreError, Total};

use self::places::{Place, Whole, places};
use self::wanted::{Known, Part, number_meets};
use super::page::{PageCollector, Scanned};
use super::snapshot::Snapshot;
use super::stop::Stop;
use super::verify::Verifier;
use crate::engine::Engine;
use crate::limits;

pub(crate) fn list_groups(engine: &Engine, project: &ProjectSlug, query: &GroupQuery, stop: &Stop) -> Result<GroupPage, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    engine.partials.keep_segments(&snapshot.segment_ids());
    let places = places(engine, &snapshot, project, query.key)?;
    let mut filters = Vec::new();
    let part = Part::new(&query.filter, &mut filters);
    let page = PageCollector::new(Order::Descending, query.limit, query.after.as_ref());
    let mut listing = Listing { engine, project, query, places: &places, part, filters, page, stop, scanned: Scanned::default() };
    let count = listing.add_places()?;
    let page = listing.page.finish();
    let groups = page.keys.iter().map(|(_, name)| Whole::of(&places, name).group(&places, name)).collect::<Result<_, _>>()?;
    // What was looked at is exact where nothing is left out; else the number of names is.
    let total = match query.filter.is_everything() {
        true => Total { count: count.count(), exact: count.is_exact() },
        false => page.total,
    };
    Ok(GroupPage { groups, next: page.next, total })
}

struct Listing<'a> {
    engine: &'a Engine,
    project: &'a ProjectSlug,
    query: &'a GroupQuery,
    places: &'a [Place<'a>],
    part: Part,
    /// Those that are asked of traces.
    filters: Vec<Filter>,
    page: PageCollector<&'a str>,
    stop: &'a Stop,
    scanned: Scanned,
}

impl<'a> Listing<'a> {
    /// Adds names until no other can be on the page; returns how many there are in the range.
    fn add_places(&mut self) -> Result<Distinct, StoreError> {
        let mut count = Distinct::default();
        let (mut open, mut told): (HashMap<&str, u64>, HashSet<&str>) = (HashMap::new(), HashSet::new());
        let in_range: Vec<&Place<'_>> = self.places.iter().filter(|place| self.query.range.meets(place.starts.0, place.starts.1)).collect();
        let mut is_full = false;
        self.stop.asking.add_parts(in_range.len() as u64);
        for (at, place) in in_range.iter().enumerate() {
            self.stop.check()?;
            self.stop.asking.end_part(place.trace_count(), 0);
            // The key of a name that only later places have is no later than this.
            let behind = in_range.get(at + 1).map(|next| next.starts.1);
            place.each_in_range(self.query.range, |name, last| {
                count.add(hash_of_text(name));
                if !is_full && !told.contains(name) {
                    open.entry(name).and_modify(|known| *known = last.max(*known)).or_insert(last);
                }
            })?;
            if is_full {
                continue;
            }
            let mut ready: Vec<(u64, &str)> =
                open.iter().map(|(name, last)| (*last, *name)).filter(|(last, _)| behind.is_none_or(|behind| *last > behind)).collect();
            ready.sort_unstable_by(|a, b| b.cmp(a));
            for (last, name) in ready {
                open.remove(name);
                told.insert(name);
                self.add(last, name)?;
            }
            is_full = behind.is_some_and(|behind| self.page.is_beyond(0, behind));
        }
        self.scanned.left_out = count.count().saturating_sub(self.scanned.seen);
        if let Some(more) = self.scanned.estimate() {
            self.page.estimate_more(more);
        }
        Ok(count)
    }

    fn add(&mut self, last: u64, name: &'a str) -> Result<(), StoreError> {
        if self.query.filter.is_everything() {
            self.page.add(last, name);
            self.scanned.seen += 1;
            self.scanned.met += 1;
        } else if !self.page.is_beyond(last, last) {
            self.scanned.seen += 1;
            if self.is_wanted(name)? {
                self.scanned.met += 1;
                self.page.add(last, name);
            }
        }
        Ok(())
    }

    fn is_wanted(&self, name: &str) -> Result<bool, StoreError> {
        let whole = Whole::of(self.places, name);
        let from_masks = |part: &Part| match part {
            Part::OneTrace(number) => whole.has_trace(self.places, &self.filters, *number),
            Part::Together(number) => self.counted(&whole, *number),
            _ => Ok(Known::Perhaps),
        };
        match self.part.is_met(&whole.totals, &mut { from_masks })? {
            Known::Yes => return Ok(true),
            Known::No => return Ok(false),
            Known::Perhaps => {}
        }
        let looked_at = |part: &Part| match part {
            Part::OneTrace(number) => match whole.has_trace(self.places, &self.filters, *number)? {
                Known::Perhaps => self.look_for_trace(&whole, *number).map(Known::from),
                known => Ok(known),
            },
            Part::Together(number) => match self.counted(&whole, *number)? {
                Known::Perhaps => self.look_at_session(&whole, *number).map(Known::from),
                known => Ok(known),
            },
            _ => Ok(Known::Perhaps),
        };
        Ok(self.part.is_met(&whole.totals, &mut { looked_at })? == Known::Yes)
    }

    /// Whether the spans of all traces are as many as a filter wants, as far as masks tell.
    fn counted(&self, whole: &Whole<'_>, number: usize) -> Result<Known, StoreError> {
        let Filter::Test(test) = &self.filters[number] else { return Ok(Known::Perhaps) };
        match whole.count(self.places, &self.filters, number)? {
            Some(count) => number_meets(Some(i64::try_from(count).unwrap_or(i64::MAX)), &test.comparison),
            None => Ok(Known::Perhaps),
        }
    }

    fn look_at_session(&self, whole: &Whole<'_>, number: usize) -> Result<bool, StoreError> {
        let trace_ids = whole.trace_ids(self.places)?;
        Verifier::new(self.engine, self.project, &self.filters[number], self.stop).session(&trace_ids)
    }

    /// Looks at the traces that may meet a filter, a few at a time, until one does.
    fn look_for_trace(&self, whole: &Whole<'_>, number: usize) -> Result<bool, StoreError> {
        let doubtful = whole.doubtful_traces(self.places, &self.filters, number)?;
        let verifier = Verifier::new(self.engine, self.project, &self.filters[number], self.stop);
        for some in doubtful.chunks(limits::WHOLE_TRACES_AT_ONCE) {
            if verifier.traces(some)?.contains(&true) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
