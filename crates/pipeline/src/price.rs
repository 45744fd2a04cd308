//! What a span costs, by the price table of `genai-prices` and the span's own word.

use std::time::{Duration, UNIX_EPOCH};

use genai_prices::{Calculator, ErrorKind, PriceRequest, UsageKey};
use model::{Billing, CostStatus, NanoUsd, Price, Span, Usage};

/// Names the table in `Price::source`; its version is that of the crate in Cargo.toml.
const TABLE: &str = "genai-prices 0.2";

/// Fills in the price of each span that is billed or carries usage.
pub(crate) fn price(spans: &mut [Span]) {
    for span in spans {
        span.price = price_of(span);
    }
}

/// Prices one span: what the sender reports, if it is more than nothing, else what the table says.
///
/// A span without usage has nothing to be priced. An aggregate gets a price too, for the case that the tree promotes it.
pub fn price_of(span: &Span) -> Price {
    if let Some(cost) = span.cost_reported.filter(|cost| cost.0 > 0) {
        return Price { cost: Some(cost), status: CostStatus::Priced, source: Some("reported".to_owned()), ..Price::default() };
    }
    if span.usage.is_empty() || span.billing == Billing::None {
        return Price::default();
    }
    let models = [&span.response_model, &span.request_model];
    let priced = models.into_iter().flatten().find_map(|model| table_price(span, model));
    match priced {
        Some(cost) => {
            Price { cost: Some(cost), computed: Some(cost), status: CostStatus::Priced, source: Some(TABLE.to_owned()), ..Price::default() }
        }
        None => Price { status: CostStatus::NoPrice, ..Price::default() },
    }
}

/// Companies that make models, under their ids in the table: whose price holds where a span names no provider the table knows.
const MAKERS: [&str; 5] = ["openai", "anthropic", "google", "mistral", "cohere"];

fn table_price(span: &Span, model: &str) -> Option<NanoUsd> {
    let usage = table_usage(&span.usage);
    let priced_by = |provider: Option<&str>| {
        let mut request = PriceRequest::new(model, &usage).with_timestamp(UNIX_EPOCH + Duration::from_nanos(span.start_unix_nanos));
        if let Some(provider) = provider {
            request = request.with_provider_id(provider);
        }
        Calculator::bundled().calculate(&request)
    };
    let named = priced_by(span.provider.as_deref());
    let is_provider_unknown = span.provider.is_none() || named.as_ref().is_err_and(|error| error.kind() == ErrorKind::ProviderNotFound);
    let outcome = match named {
        // A gateway or a host the table does not know, or nobody at all: the model's name alone may still tell.
        Err(_) if is_provider_unknown => {
            priced_by(None).or_else(|error| MAKERS.iter().find_map(|maker| priced_by(Some(maker)).ok()).ok_or(error))
        }
        outcome => outcome,
    };
    NanoUsd::from_usd(outcome.ok()?.total_price)
}

fn table_usage(usage: &Usage) -> genai_prices::Usage {
    let mut table_usage = genai_prices::Usage::new();
    for (unit, count) in usage.iter().filter(|(unit, _)| *unit != "total_tokens") {
        table_usage.insert(UsageKey::from(unit.to_owned()), count as f64);
    }
    table_usage
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::{RawSpan, RawStatus, SpanKind};

    use super::*;

    fn call(provider: &str, model: &str, usage: &[(&str, u64)]) -> Span {
        let mut span = Span::from_raw(Arc::new(RawSpan {
            trace_id: "0af7651916cd43dd8448eb211c80319c".parse().unwrap(),
            span_id: "b7ad6b7169203331".parse().unwrap(),
            parent_span_id: None,
            trace_state: String::new(),
            flags: 0,
            name: "chat".into(),
            kind: SpanKind::Client,
            start_unix_nanos: 1_790_000_000_000_000_000,
            end_unix_nanos: 1_790_000_001_000_000_000,
            attributes: Default::default(),
            dropped_attributes_count: 0,
            events: Vec::new(),
            dropped_events_count: 0,
            links: Vec::new(),
            dropped_links_count: 0,
            status: RawStatus::default(),
            resource: Arc::default(),
            scope: Arc::default(),
        }));
        span.billing = Billing::Leaf;
        span.provider = Some(provider.to_owned());
        span.request_model = Some(model.to_owned());
        span.usage = usage.iter().copied().collect();
        span
    }

    #[test]
    fn a_known_model_has_its_list_price() {
        // gpt-4o-mini: 0.15 and 0.60 dollars a million tokens.
        let price = price_of(&call("openai", "gpt-4o-mini", &[("input_tokens", 1_000_000), ("output_tokens", 1_000_000)]));
        assert_eq!(price.cost, Some(NanoUsd(750_000_000)));
        assert_eq!(price.status, CostStatus::Priced);
    }

    #[test]
    fn an_unknown_model_has_no_price_rather_than_zero() {
        let price = price_of(&call("openai", "our-own-model-7", &[("input_tokens", 10)]));
        assert_eq!((price.cost, price.status), (None, CostStatus::NoPrice));
    }

    #[test]
    fn a_model_of_one_maker_needs_no_provider() {
        // text-embedding-3-small: 0.02 dollars a million tokens.
        let mut span = call("", "text-embedding-3-small", &[("input_tokens", 1_000_000)]);
        span.provider = None;
        assert_eq!(price_of(&span).cost, Some(NanoUsd(20_000_000)));
        span.provider = Some("our-own-gateway".to_owned());
        assert_eq!(price_of(&span).cost, Some(NanoUsd(20_000_000)));
    }

    #[test]
    fn the_senders_word_goes_first() {
        let mut span = call("openai", "gpt-4o-mini", &[("input_tokens", 10)]);
        span.cost_reported = Some(NanoUsd(5));
        assert_eq!(price_of(&span).cost, Some(NanoUsd(5)));
    }

    #[test]
    fn a_span_without_usage_has_nothing_to_price() {
        assert_eq!(price_of(&call("openai", "gpt-4o-mini", &[])), Price::default());
    }
}
