//! What a span stands for, and whether its tokens are its own.

use std::collections::BTreeMap;

use model::{Billing, ObservationType};

use crate::facts::Facts;
use crate::table::{Field, pattern_matches};

/// The outcome of classification.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Class {
    pub(crate) observation_type: ObservationType,
    pub(crate) billing: Billing,
    pub(crate) operation: Option<String>,
}

/// Decides by the first rule of the tables that knows the span, then by what any vocabulary would say.
pub(crate) fn classify(facts: &Facts<'_>) -> Class {
    let known = facts.of(Field::Kind).find_map(|candidate| {
        let text = facts.word(candidate)?;
        let row = &candidate.rule.row;
        let (pattern, meaning) = best_pattern(&row.values, &text)?;
        meant(meaning, facts).map(|mut class| {
            facts.take(candidate);
            // A word that stands in the table is an operation; what a `*` caught is a name or a number.
            if class.operation.is_none() && !pattern.contains('*') && row.event.is_none() {
                let shouted = !text.contains(|character: char| character.is_ascii_lowercase());
                class.operation = Some(if shouted { text.to_ascii_lowercase() } else { text.into_owned() });
            }
            class
        })
    });
    let class = known.unwrap_or_else(|| fallback(facts));
    as_graph_node(class, facts)
}

/// The pattern that says most exactly what a text is.
fn best_pattern<'a>(values: &'a BTreeMap<String, String>, text: &str) -> Option<(&'a String, &'a String)> {
    // A lower-case word that stands in the table comes behind all its other spellings, so the search below would end with it too.
    let is_lower = !text.bytes().any(|byte| byte == b'*' || byte.is_ascii_uppercase());
    let word = if is_lower { values.get_key_value(text) } else { None };
    word.or_else(|| values.iter().filter(|(pattern, _)| pattern_matches(pattern, text)).max_by_key(|(pattern, _)| specificity(pattern)))
}

/// Exact words before patterns, longer patterns before shorter ones.
fn specificity(pattern: &str) -> (bool, usize) {
    (!pattern.contains('*'), pattern.len())
}

/// Reads `type billing [operation]`; None for `continue`.
fn meant(meaning: &str, facts: &Facts<'_>) -> Option<Class> {
    let mut words = meaning.split(' ');
    let observation_type = ObservationType::from_text(words.next()?)?;
    let billing = match words.next()? {
        "leaf_if_model" if has_model_and_usage(facts) => Billing::Leaf,
        word => Billing::from_text(word).unwrap_or_default(),
    };
    Some(Class { observation_type, billing, operation: words.next().map(str::to_owned) })
}

fn has_model_and_usage(facts: &Facts<'_>) -> bool {
    let model = facts.of(Field::RequestModel).next().or_else(|| facts.of(Field::ResponseModel).next());
    model.is_some() && facts.of(Field::Usage).next().is_some()
}

/// A model and tokens make a model call, whoever wrote them.
fn fallback(facts: &Facts<'_>) -> Class {
    if has_model_and_usage(facts) {
        return Class { observation_type: ObservationType::Llm, billing: Billing::Leaf, operation: None };
    }
    Class::default()
}

/// A chain that is itself the node of a graph engine is a step of it.
fn as_graph_node(class: Class, facts: &Facts<'_>) -> Class {
    if class.observation_type != ObservationType::Chain {
        return class;
    }
    let is_node = facts.of(Field::StepName).any(|candidate| {
        let row = &candidate.rule.row;
        let names_node = row.path.as_deref().or(row.key.as_deref()).is_some_and(|place| place.ends_with("langgraph_node"));
        names_node && facts.value(candidate).is_some_and(|node| node.as_str() == Some(&facts.raw.name))
    });
    if is_node { Class { observation_type: ObservationType::Step, ..class } } else { class }
}
