//! One span in full: facts, messages, and on demand the attributes as sent.

use crate::client::{Document, Span};
use crate::format;
use crate::line::{Line, Role, one_line};
use crate::screen::Screen;
use crate::tree::{json_lines, link_lines, message_lines};

pub(super) fn lines(span: &Span, raw: bool, screen: &Screen) -> Vec<Line> {
    let mut lines =
        vec![Line::new().with(Role::Strong, one_line(&span.name)).with(Role::Dim, format!("  {} {}", span.kind(), span.span_id))];
    lines.extend(facts(span));
    if let Some(message) = span.status_message.as_deref().filter(|message| !message.is_empty()) {
        lines.extend(message.lines().map(|line| Line::plain("  ").with(Role::Bad, line)));
    }
    lines.extend(message_lines(span, "  ", None));
    for document in span.documents.iter().flatten() {
        lines.push(document_line(document));
    }
    lines.extend(link_lines(span, "  ", None));
    for note in span.notes.iter().flatten() {
        lines.push(Line::new().with(Role::Dim, format!("  note: {}", one_line(note))));
    }
    if let (true, Some(attributes)) = (raw, &span.attributes) {
        lines.push(Line::plain("  ").with(Role::Strong, "attributes"));
        lines.extend(json_lines(attributes, "    "));
    }
    match screen.columns {
        Some(columns) => lines.into_iter().map(|line| line.cut(columns)).collect(),
        None => lines,
    }
}

fn facts(span: &Span) -> Option<Line> {
    let mut facts = vec![span.duration_nanos().map_or("running".to_owned(), format::duration)];
    facts.extend(span.ttft_nanos.map(|nanos| format!("ttft {}", format::duration(nanos))));
    facts.extend(span.status.as_deref().filter(|status| *status != "unset").map(str::to_owned));
    facts.extend(span.error_type.clone());
    facts.extend(span.provider.clone());
    facts.extend(span.model().map(str::to_owned));
    for (unit, count) in span.usage.iter().flatten() {
        facts.push(format!("{} {}", format::count_exact(*count), unit.replace('_', " ")));
    }
    if span.cost() != format::Cost::None {
        facts.push(format::cost(span.cost()));
    }
    Some(Line::plain(format!("  {}", facts.join(" · "))))
}

fn document_line(document: &Document) -> Line {
    let score = document.score.map_or(format::MISSING.to_owned(), |score| format!("{score:.2}"));
    let content = document.content.as_ref().map(|content| one_line(content.as_str().unwrap_or(&content.to_string()))).unwrap_or_default();
    Line::plain(format!("  {score}  {}  {content}", document.id.as_deref().unwrap_or(format::MISSING)))
}
