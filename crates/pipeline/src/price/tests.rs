//! Prices of known models at known dates, the own table before them, and what is said where there is no price.

use std::sync::Arc;

use model::{Label, RawSpan, SpanKind};
use store::PriceTerms;

use super::*;

/// 2026-09-21.
const IN_SEPTEMBER: u64 = 1_790_000_000_000_000_000;
/// 2026-10-14, when the batch prices of the table begin.
const IN_OCTOBER: u64 = 1_791_936_000_000_000_000;

fn call(provider: &str, model: &str, usage: &[(&str, u64)]) -> Span {
    let mut span = Span::from_raw(Arc::new(RawSpan {
        name: "chat".into(),
        kind: SpanKind::Client,
        start_unix_nanos: IN_SEPTEMBER,
        end_unix_nanos: IN_SEPTEMBER + 1,
        ..RawSpan::new(
            "0af7651916cd43dd8448eb211c80319c".parse().unwrap(),
            "b7ad6b7169203331".parse().unwrap(),
            Arc::default(),
            Arc::default(),
        )
    }));
    span.billing = Billing::Leaf;
    span.provider = (!provider.is_empty()).then(|| provider.to_owned());
    span.request_model = (!model.is_empty()).then(|| model.to_owned());
    span.usage = usage.iter().copied().collect();
    span
}

fn at(mut span: Span, start_unix_nanos: u64) -> Span {
    span.start_unix_nanos = start_unix_nanos;
    span
}

fn labelled(mut span: Span, label: Label, text: &str) -> Span {
    span.labels.set(label, text);
    span
}

/// What list prices say, in dollars.
#[track_caller]
fn listed(span: &Span, dollars: &str) {
    let price = price_of(span, &PriceTables::default());
    assert_eq!((price.cost.map(|cost| cost.to_string()).as_deref(), price.status), (Some(dollars), CostStatus::Priced), "{price:?}");
    assert_eq!((price.computed, price.source.as_deref(), price.reason), (price.cost, Some(listed::TABLE), None));
}

#[track_caller]
fn reason(span: &Span, tables: &PriceTables, status: CostStatus, reason: &str) {
    let price = price_of(span, tables);
    assert_eq!((price.status, price.reason.as_deref()), (status, Some(reason)), "{price:?}");
}

const MILLION: u64 = 1_000_000;
const BOTH: [(&str, u64); 2] = [("input_tokens", MILLION), ("output_tokens", MILLION)];

#[test]
fn list_prices_hold_from_their_day_on() {
    listed(&call("openai", "gpt-4o-mini", &BOTH), "0.75");
    // OpenAI cut o3 from 10 and 40 dollars to 2 and 8 on 2025-06-10.
    listed(&at(call("openai", "o3", &BOTH), 1_749_513_599_999_999_999), "50");
    listed(&at(call("openai", "o3", &BOTH), 1_749_513_600_000_000_000), "10");
}

#[test]
fn long_calls_and_cached_tokens_have_their_prices() {
    // Gemini 2.5 Pro doubles the input price above 200,000 tokens.
    listed(&call("gcp.vertex_ai", "gemini-2.5-pro", &[("input_tokens", 200_000), ("output_tokens", 1_000)]), "0.26");
    listed(&call("google", "gemini-2.5-pro", &[("input_tokens", 400_000), ("output_tokens", 1_000)]), "1.015");
    // Claude Sonnet 4.5: 3 dollars, read 0.30, written for five minutes 3.75, for an hour 6.
    let cached = [
        ("input_tokens", 100_000),
        ("cache_read_tokens", 40_000),
        ("cache_write_tokens", 30_000),
        ("cache_write_5m_tokens", 20_000),
        ("cache_write_1h_tokens", 10_000),
        ("output_tokens", 0),
    ];
    listed(&call("anthropic", "claude-sonnet-4-5-20250929", &cached), "0.237");
}

#[test]
fn tiers_and_batches_have_their_prices() {
    let o3 = || at(call("openai", "o3", &BOTH), IN_OCTOBER);
    listed(&labelled(o3(), Label::ServiceTier, "flex"), "5");
    listed(&labelled(o3(), Label::ServiceTier, "priority"), "17.5");
    listed(&labelled(o3(), Label::ServiceTier, "default"), "10");
    listed(&labelled(o3(), Label::Processing, "batch"), "5");
    // Anthropic tells the batch as a tier.
    let sonnet = at(call("anthropic", "claude-sonnet-4-5", &[("input_tokens", 100_000)]), IN_OCTOBER);
    listed(&labelled(sonnet, Label::ServiceTier, "batch"), "0.15");
}

#[test]
fn a_model_of_one_maker_needs_no_provider() {
    listed(&call("", "text-embedding-3-small", &[("input_tokens", MILLION)]), "0.02");
    listed(&call("our-own-gateway", "text-embedding-3-small", &[("input_tokens", MILLION)]), "0.02");
}

#[test]
fn a_free_model_costs_nothing_and_that_is_known() {
    listed(&call("openrouter", "deepseek/deepseek-chat-v3-0324:free", &BOTH), "0");
}

#[test]
fn what_has_no_price_says_why() {
    let none = PriceTables::default();
    reason(
        &call("openai", "our-model-7", &BOTH),
        &none,
        CostStatus::NoPrice,
        "no price table knows model `our-model-7` of provider `openai`",
    );
    reason(
        &call("", "our-model-7", &BOTH),
        &none,
        CostStatus::NoPrice,
        "no price table knows model `our-model-7`, and no provider is named",
    );
    // DeepSeek's own price would be a lie here.
    let words = "no price table knows model `deepseek-r1` of provider `ollama`";
    reason(&call("ollama", "deepseek-r1", &BOTH), &none, CostStatus::NoPrice, words);
    assert_eq!(price_of(&call("", "deepseek-chat", &BOTH), &none).status, CostStatus::Priced, "without a provider the name tells");
    reason(&call("openai", "", &BOTH), &none, CostStatus::NoPrice, "no model is known");
    let invalid = [("input_tokens", 10), ("cache_read_tokens", 20), ("output_tokens", 1)];
    let words = "usage is invalid: 20 cache_read_tokens of 10 input_tokens";
    reason(&call("openai", "gpt-4o", &invalid), &none, CostStatus::NoPrice, words);
    let searches = [("input_tokens", 10), ("web_searches", 12)];
    reason(&call("openai", "gpt-3.5-turbo", &searches), &none, CostStatus::Partial, "the table has no price for 12 web_searches");
    assert_eq!(price_of(&call("openai", "gpt-3.5-turbo", &searches), &none).cost, Some(NanoUsd(5_000)));
    let words = "the table has no price for 2 images and 9 output_tokens";
    let strange = [("output_tokens", 9), ("output_reasoning_tokens", 3), ("images", 2)];
    reason(&call("openai", "text-embedding-3-small", &strange), &none, CostStatus::NoPrice, words);
    assert_eq!(price_of(&call("openai", "gpt-4o", &[]), &none), Price::default());
}

#[test]
fn the_senders_word_goes_first_and_the_tables_stand_beside_it() {
    let mut span = call("openai", "gpt-4o-mini", &BOTH);
    span.cost_reported = Some(NanoUsd(5));
    let price = price_of(&span, &PriceTables::default());
    assert_eq!((price.cost, price.computed, price.source.as_deref()), (Some(NanoUsd(5)), Some(NanoUsd(750_000_000)), Some("reported")));
    span.cost_reported = Some(NanoUsd(0));
    assert_eq!(price_of(&span, &PriceTables::default()).cost, Some(NanoUsd(750_000_000)), "a reported nothing is no price");
}

fn row(id: u64, model: &str, input_price: i64) -> OwnPrice {
    let prices = [("input_tokens".to_owned(), NanoUsd(input_price)), ("output_tokens".to_owned(), NanoUsd(0))].into();
    let terms = PriceTerms {
        project: None,
        model: model.to_owned(),
        provider: None,
        service_tier: None,
        valid_from_unix_nanos: 0,
        valid_to_unix_nanos: None,
        prices,
        note: None,
    };
    OwnPrice { id, terms }
}

fn own(rows: Vec<OwnPrice>) -> PriceTables {
    PriceTables::new(Arc::new(OwnPrices { version: 3, rows }), ProjectSlug::default_project())
}

#[track_caller]
fn row_of(span: &Span, tables: &PriceTables, id: u64) {
    assert_eq!(explain(span, tables).matched.and_then(|matched| matched.row), Some(id));
}

#[test]
fn the_own_table_goes_before_list_prices() {
    let price = price_of(&call("openai", "gpt-4o", &BOTH), &own(vec![row(1, "gpt-4o", 7)]));
    assert_eq!((price.cost, price.source.as_deref()), (Some(NanoUsd(7)), Some("own table, version 3")));
    let mut azure = call("azure.ai.openai", "our-deployment", &BOTH);
    azure.response_model = Some("gpt-4o-2024-08-06".to_owned());
    row_of(&azure, &own(vec![row(1, "our-deployment", 7)]), 1);
    row_of(&azure, &own(vec![row(1, "our-deployment", 7), row(2, "gpt-4o*", 7)]), 2);
    let searches = call("openai", "gpt-4o", &[("input_tokens", 1), ("web_searches", 12)]);
    reason(&searches, &own(vec![row(1, "gpt-4o", 7)]), CostStatus::Partial, "the table has no price for 12 web_searches");
}

#[test]
fn the_most_special_row_of_the_day_holds() {
    let mut rows = vec![row(1, "*", 1), row(2, "gpt-*", 2), row(3, "gpt-4o", 3), row(4, "gpt-4o", 4), row(5, "gpt-4o", 5)];
    rows[3].terms.valid_from_unix_nanos = IN_OCTOBER;
    rows[4].terms.service_tier = Some("flex".to_owned());
    let tables = own(rows);
    row_of(&call("openai", "o3", &BOTH), &tables, 1);
    row_of(&call("openai", "gpt-5", &BOTH), &tables, 2);
    row_of(&call("openai", "gpt-4o", &BOTH), &tables, 3);
    row_of(&at(call("openai", "gpt-4o", &BOTH), IN_OCTOBER), &tables, 4);
    row_of(&at(call("openai", "gpt-4o", &BOTH), IN_OCTOBER - 1), &tables, 3);
    row_of(&labelled(call("openai", "gpt-4o", &BOTH), Label::ServiceTier, "flex"), &tables, 5);

    let mut rows = vec![row(1, "llama", 1), row(2, "llama", 2), row(3, "llama", 3)];
    rows[0].terms.valid_to_unix_nanos = Some(IN_OCTOBER);
    rows[1].terms.provider = Some("google".to_owned());
    rows[2].terms.project = Some("another".parse().unwrap());
    let tables = own(rows);
    row_of(&call("gcp.vertex_ai", "llama", &BOTH), &tables, 2);
    row_of(&call("groq", "llama", &BOTH), &tables, 1);
    let words = "no price table knows model `llama` of provider `groq`";
    reason(&at(call("groq", "llama", &BOTH), IN_OCTOBER), &tables, CostStatus::NoPrice, words);
}

#[test]
fn a_calculation_shows_each_line_and_its_tier() {
    let usage = [("input_tokens", 400_000), ("cache_read_tokens", 100_000), ("output_tokens", 1_000), ("output_reasoning_tokens", 900)];
    let calculation = explain(&call("gcp.vertex_ai", "gemini-2.5-pro", &usage), &PriceTables::default());
    let line = |line: &Line| (line.unit.clone(), line.count, line.unit_price.to_string(), line.cost.to_string(), line.above_input_tokens);
    let expected = [
        ("input_tokens".to_owned(), 300_000, "2.5".to_owned(), "0.75".to_owned(), Some(200_000)),
        ("output_tokens".to_owned(), 1_000, "15".to_owned(), "0.015".to_owned(), Some(200_000)),
        ("cache_read_tokens".to_owned(), 100_000, "0.25".to_owned(), "0.025".to_owned(), Some(200_000)),
    ];
    assert_eq!(calculation.lines.iter().map(line).collect::<Vec<_>>(), expected);
    assert_eq!(calculation.price.cost, Some(NanoUsd(790_000_000)));
    assert_eq!(calculation.matched.unwrap().how, "provider `gcp.vertex_ai` is `google` in the table");

    let early = labelled(call("openai", "o3", &BOTH), Label::ServiceTier, "flex");
    let calculation = explain(&early, &PriceTables::default());
    assert_eq!(calculation.notes, ["the table has no other price for `flex` of this model at this time"]);
}

#[test]
fn the_lines_add_up_to_the_total() {
    for (provider, model) in
        [("openai", "gpt-4o"), ("anthropic", "claude-haiku-4-5"), ("perplexity", "sonar"), ("google", "gemini-2.5-flash")]
    {
        let usage = [("input_tokens", 12_345), ("cache_read_tokens", 678), ("input_audio_tokens", 90), ("output_tokens", 4_321)];
        let calculation = explain(&call(provider, model, &usage), &PriceTables::default());
        let sum: i64 = calculation.lines.iter().map(|line| line.cost.0).sum();
        let total = calculation.price.cost.unwrap_or_default().0;
        let has_note = calculation.notes.iter().any(|note| note.starts_with("it is not told which of the cached tokens"));
        assert_eq!(has_note, provider == "google", "only this model has a price of its own for cached audio");
        assert!(total > 0 && total.abs_diff(sum) <= calculation.lines.len() as u64, "{model}: {calculation:?}");
    }
}

#[test]
fn a_span_priced_again_has_the_price_of_the_tables_given() {
    let mut span = call("openai", "gpt-4o", &BOTH);
    span.price = price_of(&span, &PriceTables::default());
    let again = reprice(span, &own(vec![row(1, "gpt-4o", 7)]));
    assert_eq!(again.price.cost, Some(NanoUsd(7)));
}
