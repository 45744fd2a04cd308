//! Prices from the user's own table: which row holds for a call.

use genai_prices::Calculator;
use model::Span;
use store::{OwnPrice, PriceTerms};

use super::PriceTables;
use super::tier::Tier;

/// Finds the row that holds, and the model's name it holds for.
///
/// The model that answered goes before the one that was asked. Among the rows of one name: the more special pattern, then a row of
/// the project before one of all, of the provider, of the tier, and last the newest `valid_from`.
pub(crate) fn find<'a>(span: &'a Span, tables: &'a PriceTables) -> Option<(&'a OwnPrice, &'a str)> {
    if tables.own.rows.is_empty() {
        return None;
    }
    let tier = Tier::of(span);
    [&span.response_model, &span.request_model].into_iter().flatten().find_map(|model| {
        let rows = tables.rows().filter(|row| holds(&row.terms, span, model, &tier));
        rows.max_by_key(|row| rank(&row.terms)).map(|row| (row, model.as_str()))
    })
}

fn holds(terms: &PriceTerms, span: &Span, model: &str, tier: &Tier) -> bool {
    let at = span.start_unix_nanos;
    terms.valid_from_unix_nanos <= at
        && terms.valid_to_unix_nanos.is_none_or(|to| at < to)
        && fits(&terms.model, model)
        && terms.service_tier.as_deref().is_none_or(|name| tier.is(name))
        && terms.provider.as_deref().is_none_or(|wanted| span.provider.as_deref().is_some_and(|known| is_same_provider(wanted, known)))
}

fn rank(terms: &PriceTerms) -> (bool, usize, bool, bool, bool, u64, u64) {
    let is_exact = !terms.model.contains('*');
    (
        is_exact,
        terms.model.len(),
        terms.project.is_some(),
        terms.provider.is_some(),
        terms.service_tier.is_some(),
        terms.valid_from_unix_nanos,
        // Of two that end at different times, the one that ends first is the exception.
        u64::MAX - terms.valid_to_unix_nanos.unwrap_or(u64::MAX),
    )
}

/// Whether a model's name fits a pattern, in which `*` at an end stands for any text; the case does not matter.
fn fits(pattern: &str, model: &str) -> bool {
    let (any_start, any_end) = (pattern.starts_with('*'), pattern.ends_with('*'));
    let text = pattern.trim_matches('*');
    let is_text = |part: Option<&str>| part.is_some_and(|part| part.eq_ignore_ascii_case(text));
    match (any_start, any_end) {
        (false, false) => model.eq_ignore_ascii_case(text),
        (false, true) => is_text(model.get(..text.len())),
        (true, false) => is_text(model.len().checked_sub(text.len()).and_then(|start| model.get(start..))),
        (true, true) => model.to_ascii_lowercase().contains(&text.to_ascii_lowercase()),
    }
}

/// Whether two names mean one provider: `gcp.vertex_ai` and `google`.
fn is_same_provider(wanted: &str, known: &str) -> bool {
    let listed = |name: &str| Calculator::bundled().find_provider(Some(name), None).ok().flatten().map(|provider| provider.id());
    wanted.eq_ignore_ascii_case(known) || listed(wanted).is_some_and(|id| listed(known) == Some(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_at_an_end() {
        for (pattern, model, expected) in [
            ("gpt-4o", "GPT-4o", true),
            ("gpt-4o", "gpt-4o-mini", false),
            ("gpt-4o*", "gpt-4o-mini", true),
            ("*-mini", "gpt-4o-mini", true),
            ("*llama*", "meta/llama-3-70b", true),
            ("*", "anything", true),
            ("*-mini", "gpt-4o", false),
        ] {
            assert_eq!(fits(pattern, model), expected, "{pattern} {model}");
        }
    }

    #[test]
    fn names_of_one_provider_are_the_same() {
        assert!(is_same_provider("google", "gcp.vertex_ai"));
        assert!(is_same_provider("our-gateway", "Our-Gateway"));
        assert!(!is_same_provider("openai", "anthropic"));
    }
}
