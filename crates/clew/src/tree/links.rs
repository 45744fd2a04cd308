//! Where a span points to, as lines below it.

use crate::client::{Link, Span};
use crate::line::{Line, Role};

pub(crate) fn link_lines(span: &Span, indent: &str, columns: Option<usize>) -> Vec<Line> {
    let lines = span.links.iter().flatten().map(|link| line(span, link, indent));
    lines.map(|line| columns.map_or(line.clone(), |columns| line.cut(columns))).collect()
}

fn line(span: &Span, link: &Link, indent: &str) -> Line {
    let trace = if link.trace_id == span.trace_id { String::new() } else { format!("trace {} ", link.trace_id) };
    Line::plain(indent).with(Role::Dim, format!("~ {} {trace}span {}", link.r#type, link.span_id))
}
