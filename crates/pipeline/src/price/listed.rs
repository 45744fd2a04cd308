//! List prices: the table of `genai-prices`, and what it does not say by itself.
//!
//! The table tells a total, and leaves out in silence what it has no price for. Which units it prices, and how, is found by asking it
//! about one unit at a time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use genai_prices::{Calculator, Error, ErrorKind, PriceCalculation, PriceRequest, UsageKey};
use model::{NanoUsd, Span, Usage};

use super::tier::Tier;
use super::units::{counted, is_part_of, units_per_price};

/// Names the table in `Price::source`; its version is that of the crate in Cargo.toml.
pub(crate) const TABLE: &str = "genai-prices 0.2";

/// Companies that make models, under their ids in the table: whose price holds where a span names no provider the table knows.
const MAKERS: [&str; 5] = ["openai", "anthropic", "google", "mistral", "cohere"];

/// Programs that run models on one's own machines: nobody sends a bill by the model's name there.
const OWN_MACHINES: [&str; 8] = ["ollama", "vllm", "onnx", "llama.cpp", "llamacpp", "lmstudio", "localai", "sglang"];

/// Units that have parts; a question about a part names its wholes too.
const WHOLES: [&str; 22] = [
    "audio_seconds",
    "cache_audio_write_tokens",
    "cache_image_write_tokens",
    "cache_read_tokens",
    "cache_text_write_tokens",
    "cache_video_write_tokens",
    "cache_write_1h_tokens",
    "cache_write_5m_tokens",
    "cache_write_tokens",
    "input_audio_tokens",
    "input_document_pages",
    "input_image_tokens",
    "input_text_tokens",
    "input_tokens",
    "input_tool_tokens",
    "input_video_tokens",
    "output_audio_tokens",
    "output_citation_tokens",
    "output_image_tokens",
    "output_reasoning_tokens",
    "output_text_tokens",
    "output_tokens",
];

/// Units that are no part of another: a model without a price for any of them is free.
const ROOTS: [&str; 12] = [
    "input_tokens",
    "output_tokens",
    "audio_seconds",
    "input_characters",
    "input_document_pages",
    "input_pixels",
    "input_text_messages",
    "web_searches",
    "storage_searches",
    "social_searches",
    "rerank_searches",
    "code_executions",
];

/// So many of a unit are asked about: prices of a million come out as they are listed.
const ASKED_COUNT: u64 = 1_000_000;

/// The way to a model of the table.
#[derive(Debug, Clone)]
pub(crate) struct Listed<'a> {
    /// The span's name of the model.
    pub(crate) model: &'a str,
    /// None where the table chose by the model's name.
    provider: Option<&'a str>,
    pub(crate) how: How,
    at: SystemTime,
    tier: Tier,
    pub(crate) answer: PriceCalculation,
    /// Whether cached tokens were taken for plain text, since it is not told what they are.
    pub(crate) overlap_assumed: bool,
}

/// How the provider was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Named,
    ByModelName,
    ByMaker,
}

/// Why there is no list price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unlisted {
    Unknown,
    Invalid(String),
}

/// Looks for the model that answered, then for the one that was asked.
pub(crate) fn find(span: &Span) -> Result<Listed<'_>, Unlisted> {
    let usage = table_usage(span.usage.iter().filter(|(unit, _)| *unit != "total_tokens"));
    for model in [&span.response_model, &span.request_model].into_iter().flatten() {
        let found = match lookup(span, model, &usage) {
            // Parts that may overlap, cached tokens and audio, without a word on how much of the one is the other.
            Err(error) if error.kind() == ErrorKind::InvalidUsage => {
                let apart = lookup(span, model, &with_overlaps_empty(&usage));
                apart.map(|listed| Listed { overlap_assumed: true, ..listed }).map_err(|_| error)
            }
            found => found,
        };
        match found {
            Ok(listed) => return Ok(listed),
            Err(error) if error.kind() == ErrorKind::InvalidUsage => return Err(Unlisted::Invalid(error.to_string())),
            Err(_) => {}
        }
    }
    Err(Unlisted::Unknown)
}

/// Says of parts by kind and by way of processing that they have nothing in common, where nothing else is told.
fn with_overlaps_empty(usage: &genai_prices::Usage) -> genai_prices::Usage {
    let mut apart = usage.clone();
    for kind in ["text", "audio", "image", "video"] {
        let cached = ["read", "write", "write_5m", "write_1h"].map(|way| format!("cache_{kind}_{way}_tokens"));
        let others =
            [format!("input_{kind}_tool_tokens"), format!("output_{kind}_reasoning_tokens"), format!("output_{kind}_citation_tokens")];
        for unit in cached.into_iter().chain(others) {
            if usage.get(unit.as_str()).is_none() {
                apart.insert(UsageKey::from(unit), 0.0);
            }
        }
    }
    apart
}

fn lookup<'a>(span: &'a Span, model: &'a str, usage: &genai_prices::Usage) -> Result<Listed<'a>, Error> {
    let at = UNIX_EPOCH + Duration::from_nanos(span.start_unix_nanos);
    let tier = Tier::of(span);
    let ask = |provider: Option<&'a str>, how| -> Result<Listed<'a>, Error> {
        let answer = ask(model, provider, at, &tier, usage)?;
        Ok(Listed { model, provider, how, at, tier: tier.clone(), answer, overlap_assumed: false })
    };
    let provider = span.provider.as_deref();
    let named = ask(provider, if provider.is_some() { How::Named } else { How::ByModelName });
    match named {
        Err(error) if provider.is_some_and(|provider| OWN_MACHINES.contains(&provider)) => Err(error),
        // A gateway or a host the table does not know, or nobody at all: the model's name alone may still tell.
        Err(error) if provider.is_none() || error.kind() == ErrorKind::ProviderNotFound => match ask(None, How::ByModelName) {
            Err(error) if error.kind() != ErrorKind::InvalidUsage => {
                MAKERS.iter().find_map(|maker| ask(Some(maker), How::ByMaker).ok()).ok_or(error)
            }
            outcome => outcome,
        },
        outcome => outcome,
    }
}

fn ask(model: &str, provider: Option<&str>, at: SystemTime, tier: &Tier, usage: &genai_prices::Usage) -> Result<PriceCalculation, Error> {
    let mut request = PriceRequest::new(model, usage).with_timestamp(at);
    if let Some(provider) = provider {
        request = request.with_provider_id(provider);
    }
    for (key, value) in tier.context() {
        request = request.with_price_context(key, value);
    }
    Calculator::bundled().calculate(&request)
}

fn table_usage<'u>(counts: impl IntoIterator<Item = (&'u str, u64)>) -> genai_prices::Usage {
    let mut usage = genai_prices::Usage::new();
    for (unit, count) in counts {
        usage.insert(UsageKey::from(unit.to_owned()), count as f64);
    }
    usage
}

impl Listed<'_> {
    pub(crate) fn total(&self) -> Option<NanoUsd> {
        NanoUsd::from_usd(self.answer.total_price)
    }

    pub(crate) fn tier(&self) -> &Tier {
        &self.tier
    }

    /// Returns the counts the total leaves out.
    pub(crate) fn unpriced(&self, usage: &Usage) -> Vec<(String, u64)> {
        let counted = counted(usage);
        // Most calls are these two units and their parts, and have a price for both: the answer tells that by itself.
        let is_told = |unit: &str| match unit {
            Usage::INPUT => self.answer.input_price > 0.0,
            Usage::OUTPUT => self.answer.output_price > 0.0,
            _ => false,
        };
        let unpriced = super::bill::unpriced(&counted, |unit| is_told(unit) || self.unit_price(unit, 0).0 > 0);
        if unpriced.is_empty() || self.is_free() { Vec::new() } else { unpriced }
    }

    /// Whether the table knows the model and wants nothing for it, as for `:free` models of OpenRouter.
    fn is_free(&self) -> bool {
        self.dollars(&ROOTS.map(|unit| (unit, ASKED_COUNT))) == 0.0
    }

    /// Returns what the table wants for one call, whatever is in it.
    pub(crate) fn fee(&self) -> NanoUsd {
        NanoUsd::from_usd(self.dollars(&[])).unwrap_or_default()
    }

    /// Returns the price of a unit in a call of so many input tokens, for as many as `units_per_price` says; zero where there is none.
    pub(crate) fn unit_price(&self, unit: &str, input_tokens: u64) -> NanoUsd {
        let is_input = unit == Usage::INPUT || is_part_of(unit, Usage::INPUT);
        // The tier of long calls is told by all input tokens: those of an input unit are all of that unit.
        let count = if is_input && input_tokens > 0 { input_tokens } else { ASKED_COUNT };
        let base: Vec<_> = (!is_input && input_tokens > 0).then_some((Usage::INPUT, input_tokens)).into_iter().collect();
        let mut counts = base.clone();
        counts.extend(WHOLES.into_iter().filter(|whole| is_part_of(unit, whole)).map(|whole| (whole, count)));
        counts.push((unit, count));
        let dollars = self.dollars(&counts) - self.dollars(&base);
        NanoUsd::from_usd(dollars * units_per_price(unit) as f64 / count as f64).unwrap_or_default()
    }

    /// Returns the input tokens above which the price of this call holds; None where the price is the same for short calls.
    pub(crate) fn tier_start(&self, unit: &str, input_tokens: u64) -> Option<u64> {
        let price = self.unit_price(unit, input_tokens);
        if input_tokens < 2 || self.unit_price(unit, 1) == price {
            return None;
        }
        let (mut below, mut above) = (1, input_tokens);
        while above - below > 1 {
            let middle = below + (above - below) / 2;
            if self.unit_price(unit, middle) == price { above = middle } else { below = middle }
        }
        Some(below)
    }

    /// Whether the tier of service made a difference for this usage.
    pub(crate) fn is_tier_priced(&self, usage: &Usage) -> bool {
        let counts = with_overlaps_empty(&table_usage(counted(usage)));
        let ordinary = ask(self.model, self.provider, self.at, &Tier::default(), &counts);
        ordinary.is_ok_and(|ordinary| ordinary.total_price != self.answer.total_price)
    }

    fn dollars(&self, counts: &[(&str, u64)]) -> f64 {
        let usage = table_usage(counts.iter().copied());
        ask(self.model, self.provider, self.at, &self.tier, &usage).map_or(0.0, |answer| answer.total_price)
    }
}
