//! Segments that a list looks into, several at once.

use std::sync::Arc;

use model::ProjectSlug;
use query::Filter;
use store::StoreError;

use super::bounds::Bounds;
use super::cores::on_all_cores;
use super::masks::Masks;
use super::narrowing::Level;
use super::sources::SegmentSource;
use crate::engine::Engine;
use crate::segment::Segment;

/// Looks into segments, on all cores, for what meets a filter; those without spans of the project are left out.
pub(super) fn look_into<'a>(
    engine: &'a Engine,
    project: &ProjectSlug,
    segments: &[&'a Arc<Segment>],
    filter: &Filter,
    level: Level,
) -> Result<Vec<(SegmentSource<'a>, Bounds)>, StoreError> {
    let looked_into = on_all_cores(segments, |segment| {
        let Some(source) = SegmentSource::new(engine, segment, project) else { return Ok(None) };
        let bounds = Masks::of(&source).meeting(filter, level)?;
        Ok(Some((source, bounds)))
    })?;
    Ok(looked_into.into_iter().flatten().collect())
}
