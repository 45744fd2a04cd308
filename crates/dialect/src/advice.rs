//! Which setting of an instrumentation gives what it leaves out.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::facts::scope_matches;

/// What to do where something is missing, as a phrase that follows "to get it,".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// Names or beginnings of names; the last row of the table has none and holds for all.
    scopes: Vec<String>,
    /// Where model calls carry no messages.
    pub content: Option<String>,
    /// Where traces belong to no session.
    pub session: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AdviceTable {
    advice: Vec<Advice>,
}

/// Returns the advice for an instrumentation scope.
pub fn advice_for(scope_name: &str) -> &'static Advice {
    static TABLE: OnceLock<AdviceTable> = OnceLock::new();
    let table = TABLE.get_or_init(|| toml::from_str(include_str!("../tables/advice.toml")).expect("a test reads the table"));
    let fits = |advice: &&Advice| advice.scopes.is_empty() || advice.scopes.iter().any(|scope| scope_matches(scope_name, scope));
    table.advice.iter().find(fits).expect("the last row holds for all")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_instrumentation_has_its_own_setting() {
        let content = |scope: &str| advice_for(scope).content.clone().unwrap_or_default();
        assert!(content("opentelemetry.instrumentation.openai_v2").contains("CAPTURE_MESSAGE_CONTENT"));
        assert!(content("opentelemetry.instrumentation.openai.v1").contains("TRACELOOP_TRACE_CONTENT"));
        assert!(content("openinference.instrumentation.langchain").contains("OPENINFERENCE_HIDE_INPUTS"));
        assert!(content("").contains("message capture"));
        assert!(advice_for("langfuse-sdk").session.as_deref().unwrap().contains("session_id"));
    }
}
