//! A trace as an indented list of lines, the way one would write it in an article.
//!
//! Pure: the answer of the API in, lines out.

mod forest;
mod rollup;

mod bar;
mod label;
mod links;
mod messages;

mod fold;

#[cfg(test)]
mod tests;

use crate::client::TraceDetail;
use crate::line::{Line, Role};

pub(crate) use links::link_lines;
pub(crate) use messages::{json_lines, message_lines};

use bar::Scale;
use fold::{Row, RowKind};
use forest::Forest;

/// What the tree is to show.
#[derive(Debug, Clone, Default)]
pub(crate) struct TreeOptions {
    /// Show folded spans too, in the tree as it was sent.
    pub(crate) all: bool,
    /// Deepest level shown, the root being level 1.
    pub(crate) depth_max: Option<usize>,
    /// Print where spans point to below their lines.
    pub(crate) links: bool,
    /// Print what models read and wrote below their lines.
    pub(crate) messages: bool,
    /// Names as sent.
    pub(crate) raw_names: bool,
    /// Width to fit into; None cuts nothing and draws no bars.
    pub(crate) columns: Option<usize>,
    /// Whether bars may be drawn.
    pub(crate) bars: bool,
    /// The time of looking, to say how long ago a running span was seen; None says no times.
    pub(crate) now_unix_nanos: Option<u64>,
}

/// Deeper rows are not indented further, they say their level instead.
const INDENT_LEVELS_MAX: usize = 14;
/// Below this width a line has no room for a bar.
const BAR_COLUMNS_MIN: usize = 100;
const BAR_WIDTH: usize = 28;

/// Returns the lines of the tree; the failing line is the last one.
pub(crate) fn lines(detail: &TraceDetail, options: &TreeOptions) -> Vec<Line> {
    let forest = Forest::new(detail, options.all);
    let rows = fold::rows(&forest, options);
    let scale = options.columns.filter(|columns| options.bars && *columns >= BAR_COLUMNS_MIN).and_then(|_| Scale::of(&detail.spans));
    let mut lines = Vec::new();
    for row in &rows {
        let text = row_line(row, &forest, detail, options);
        lines.push(fitted(text, row, &forest, scale.as_ref(), options));
        let RowKind::Span(index) = &row.kind else { continue };
        let (span, indent) = (&forest.spans[*index], " ".repeat(2 * indent_level(row.level) + 4));
        if options.links || options.all {
            lines.extend(link_lines(span, &indent, options.columns));
        }
        if options.messages {
            lines.extend(message_lines(span, &indent, options.columns));
        }
    }
    lines.extend(failing_line_again(&rows, &forest, options));
    lines
}

/// Returns the id of the span that explains the failure best.
pub(crate) fn failing_span(detail: &TraceDetail) -> Option<&str> {
    let forest = Forest::new(detail, false);
    failing_index(&forest).map(|index| detail.spans[index].span_id.as_str())
}

/// The deepest span that failed by itself, the latest of them.
fn failing_index(forest: &Forest<'_>) -> Option<usize> {
    let failing = (0..forest.spans.len()).filter(|index| forest.fails_by_itself(*index) && forest.is_shown(*index));
    failing.max_by_key(|index| (forest.level(*index), forest.spans[*index].start_unix_nanos))
}

fn row_line(row: &Row, forest: &Forest<'_>, detail: &TraceDetail, options: &TreeOptions) -> Line {
    let level = indent_level(row.level);
    let mut line = Line::plain("  ".repeat(level));
    if row.level > INDENT_LEVELS_MAX {
        line.push(Role::Dim, format!("[{}] ", row.level));
    }
    line.append(match &row.kind {
        RowKind::Span(index) => label::span(forest, *index, (row.level == 0).then_some(&detail.trace), options),
        RowKind::Fold(indexes) => label::fold(forest, indexes, options),
        RowKind::Hidden(indexes) => label::hidden(forest, indexes),
        RowKind::Below(count) => label::below(*count, row.level),
        RowKind::Missing(place) => label::missing(&forest.placeholders[*place], options),
    });
    line
}

fn indent_level(level: usize) -> usize {
    level.min(INDENT_LEVELS_MAX)
}

/// Cuts the text to the terminal and draws the bar at its right edge.
fn fitted(text: Line, row: &Row, forest: &Forest<'_>, scale: Option<&Scale>, options: &TreeOptions) -> Line {
    let Some(columns) = options.columns else { return text };
    let Some(scale) = scale else { return text.cut(columns) };
    let width = columns - BAR_WIDTH - 2;
    let mut line = text.cut(width);
    let drawn: &[usize] = match &row.kind {
        RowKind::Span(index) => std::slice::from_ref(index),
        RowKind::Fold(indexes) => indexes,
        _ => return line,
    };
    line = line.padded(width + 2);
    line.append(scale.bar(drawn.iter().map(|index| &forest.spans[*index]), BAR_WIDTH));
    line
}

/// Repeats the line of the failure where it is not the last one, or was cut away or folded: what one looks for stands last.
fn failing_line_again(rows: &[Row], forest: &Forest<'_>, options: &TreeOptions) -> Option<Line> {
    let index = failing_index(forest)?;
    if rows.last().is_some_and(|last| matches!(last.kind, RowKind::Span(last) if last == index)) {
        return None;
    }
    let line = label::span(forest, index, None, options);
    Some(match options.columns {
        Some(columns) => line.cut(columns),
        None => line,
    })
}
