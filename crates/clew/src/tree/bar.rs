//! Bars at the right edge: when each span ran, on the scale of the whole trace.

use crate::client::Span;
use crate::line::{Line, Role};

/// The stretch of time that the full width stands for.
pub(super) struct Scale {
    start_unix_nanos: u64,
    length_nanos: u64,
}

impl Scale {
    pub(super) fn of(spans: &[Span]) -> Option<Self> {
        let start = spans.iter().filter_map(|span| span.start_unix_nanos).min()?;
        let end = spans.iter().filter_map(|span| Some(span.start_unix_nanos? + span.duration_nanos()?)).max()?;
        (end > start).then_some(Self { start_unix_nanos: start, length_nanos: end - start })
    }

    /// Draws some spans into one bar; failed ones in the colour of errors.
    pub(super) fn bar<'a>(&self, spans: impl Iterator<Item = &'a Span>, width: usize) -> Line {
        let mut cells = vec![None; width];
        for span in spans {
            let Some((first, last)) = self.cells(span, width) else { continue };
            let role = if span.has_failed() { Role::Bad } else { Role::Model };
            for cell in &mut cells[first..=last] {
                // An error is not painted over by what shares its cell.
                if *cell != Some(Role::Bad) {
                    *cell = Some(role);
                }
            }
        }
        let mut line = Line::new();
        for stretch in cells.chunk_by(|left, right| left == right) {
            match stretch[0] {
                Some(role) => line.push(role, "━".repeat(stretch.len())),
                None => line.push(Role::Plain, " ".repeat(stretch.len())),
            }
        }
        line
    }

    /// First and last cell of a span, at least one.
    fn cells(&self, span: &Span, width: usize) -> Option<(usize, usize)> {
        let start = span.start_unix_nanos?.saturating_sub(self.start_unix_nanos);
        let end = start + span.duration_nanos()?;
        let cell = |nanos: u64| ((u128::from(nanos) * width as u128) / u128::from(self.length_nanos)) as usize;
        let first = cell(start).min(width - 1);
        Some((first, cell(end.saturating_sub(1)).clamp(first, width - 1)))
    }
}
