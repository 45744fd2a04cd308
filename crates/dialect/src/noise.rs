//! Whether a span is the application's own, as it looks alone. The tree may still show or fold it.

use model::{ObservationType, RawSpan, SpanKind, Visibility};

use crate::facts::{Facts, scope_matches};
use crate::table::{Field, Noise, pattern_matches};

/// Decides visibility from one span; what only the tree can tell is left to `trace::noise`.
pub(crate) fn visibility(facts: &Facts<'_>, table: &Noise, kind: ObservationType) -> Visibility {
    decide(facts, table, kind).0
}

/// Decides visibility and says by which rule (`noise_rules.csv` of the vocabulary).
pub(crate) fn decide(facts: &Facts<'_>, table: &Noise, kind: ObservationType) -> (Visibility, &'static str) {
    let raw = facts.raw;
    if let Some(word) = facts.text(Field::Visibility) {
        return match word.as_str() {
            "keep" => (Visibility::App, "the sender asks to keep it"),
            _ => (Visibility::Infra, "the sender asks to hide it"),
        };
    }
    if raw.attributes.text("logfire.span_type") == Some("pending_span") {
        return (Visibility::Partial, "it stands for a span that has not ended");
    }
    let scope_in = |scopes: &[String]| scopes.iter().any(|scope| scope_matches(&raw.scope.name, scope));
    if scope_in(&table.vendor_scopes) || is_internal(raw, table) {
        return (Visibility::Internal, "its scope and name are of an instrument's own telemetry");
    }
    if kind == ObservationType::Protocol && raw.attributes.text("mcp.method.name").is_some_and(|method| is_chatter(method, table)) {
        return (Visibility::Protocol, "its MCP method is chatter of the protocol");
    }
    let is_infra_kind = matches!(
        kind,
        ObservationType::Http | ObservationType::Db | ObservationType::Rpc | ObservationType::Messaging | ObservationType::Faas
    );
    // A known type goes first: a hand-made client span with `db.*` may be the retrieval step itself.
    if kind != ObservationType::Span && !is_infra_kind {
        return (Visibility::App, "its type is known");
    }
    if has_app_attribute(raw, table) {
        return (Visibility::App, "it has attributes of a GenAI vocabulary");
    }
    if scope_in(&table.app_scopes) {
        return (Visibility::App, "its scope instruments LLM applications");
    }
    let is_boundary = matches!(raw.kind, SpanKind::Server | SpanKind::Consumer);
    if scope_in(&table.infra_scopes) || is_wire_name(&raw.name, raw.kind) {
        return match is_boundary {
            true => (Visibility::App, "it is where a service was called"),
            false => (Visibility::Infra, "its scope or name is that of plumbing"),
        };
    }
    let calls_out = raw.kind == SpanKind::Client
        && raw.attributes.iter().any(|(key, _)| table.client_prefixes.iter().any(|prefix| key.starts_with(prefix.as_str())));
    match calls_out {
        true => (Visibility::Infra, "a client span of an unknown scope with attributes of plumbing"),
        false => (Visibility::App, "nothing says that it is plumbing"),
    }
}

fn is_internal(raw: &RawSpan, table: &Noise) -> bool {
    let mut rows = table.internal.iter().filter(|row| scope_matches(&raw.scope.name, &row.scope));
    rows.any(|row| row.names.iter().any(|name| pattern_matches(name, &raw.name)))
}

fn is_chatter(method: &str, table: &Noise) -> bool {
    table.protocol_methods.iter().any(|chatter| match chatter.strip_suffix('*') {
        Some(start) => method.starts_with(start),
        None => method == chatter,
    })
}

fn has_app_attribute(raw: &RawSpan, table: &Noise) -> bool {
    let starts = |key: &str, prefixes: &[String]| prefixes.iter().any(|prefix| key.starts_with(prefix.as_str()));
    raw.attributes.iter().any(|(key, _)| starts(key, &table.app_prefixes) && !starts(key, &table.inherited))
}

/// Names HTTP instrumentation gives: a bare method, or ASGI's send and receive.
fn is_wire_name(name: &str, kind: SpanKind) -> bool {
    let bare_method = matches!(name, "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS") && kind == SpanKind::Client;
    bare_method || [" http send", " http receive", " websocket send", " websocket receive"].iter().any(|ending| name.ends_with(ending))
}
