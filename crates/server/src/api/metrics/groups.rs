//! Series of one metric together, by the attributes they share.

use std::collections::BTreeMap;

use dialect::{Series, Tally, metric_meaning};
use serde_json::Value;

use super::question::Steps;
use super::shapes::{GroupAnswer, StepAnswer, TallyAnswer};
use crate::limits::METRIC_GROUPS_SHOWN_MAX;
use store::value_json;

/// What a series says as a whole, and by the start of each step.
pub(super) struct Folded {
    pub(super) total: Option<Tally>,
    pub(super) steps: BTreeMap<u64, Tally>,
}

pub(super) fn folded(series: &Series, from_unix_nanos: Option<u64>, steps: Option<Steps>) -> Folded {
    let mut folded = Folded { total: None, steps: BTreeMap::new() };
    for (time, tally) in series.tallies(from_unix_nanos) {
        if let Some(steps) = steps {
            folded.steps.entry(steps.start_of(time)).and_modify(|sum| sum.add(&tally)).or_insert_with(|| tally.clone());
        }
        add(&mut folded.total, &tally, Tally::add);
    }
    folded
}

#[derive(Default)]
struct Group {
    by: BTreeMap<String, Value>,
    part: Option<&'static str>,
    series_count: usize,
    total: Option<Tally>,
    steps: BTreeMap<u64, Tally>,
}

/// Groups the series of one metric; returns at most so many groups as are shown, and how many there are.
pub(super) fn grouped(
    series: &[&Series],
    keys: &[String],
    from_unix_nanos: Option<u64>,
    steps: Option<Steps>,
) -> (Vec<GroupAnswer>, usize) {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for series in series {
        let by = values_of(series, keys);
        let group = groups.entry(format!("{by:?}")).or_default();
        group.part = part_of(series, &by);
        group.by = by;
        group.series_count += 1;
        let folded = folded(series, from_unix_nanos, steps);
        // Parts of a sum that may fall stand at their last values, each at its own time: those have a total and no steps together.
        let is_level = series.tells_moments() && series.adds_up();
        if let Some(total) = &folded.total {
            add(&mut group.total, total, if is_level { Tally::add_last } else { Tally::add });
        }
        for (start, tally) in folded.steps.into_iter().filter(|_| !is_level) {
            group.steps.entry(start).and_modify(|sum| sum.add(&tally)).or_insert(tally);
        }
    }
    let count = groups.len();
    (groups.into_values().take(METRIC_GROUPS_SHOWN_MAX).map(answer).collect(), count)
}

fn add(sum: &mut Option<Tally>, tally: &Tally, add: fn(&mut Tally, &Tally)) {
    match sum {
        Some(sum) => add(sum, tally),
        None => *sum = Some(tally.clone()),
    }
}

/// The values of the attributes, of the point or else of its resource; null where neither has one.
fn values_of(series: &Series, keys: &[String]) -> BTreeMap<String, Value> {
    let value = |key: &String| series.attributes.get(key).or_else(|| series.resource.attributes.get(key)).map(value_json);
    keys.iter().map(|key| (key.clone(), value(key).unwrap_or_default())).collect()
}

fn part_of(series: &Series, by: &BTreeMap<String, Value>) -> Option<&'static str> {
    let meaning = metric_meaning(&series.name)?;
    let split = meaning.split_by.and_then(|key| by.get(key)).and_then(Value::as_str);
    meaning.part.or_else(|| meaning.part_of(split?))
}

fn answer(group: Group) -> GroupAnswer {
    GroupAnswer {
        by: group.by,
        part: group.part,
        series_count: group.series_count,
        total: group.total.as_ref().map(TallyAnswer::of).unwrap_or_default(),
        steps: StepAnswer::all(&group.steps),
    }
}
