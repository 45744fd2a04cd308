//! The whole calculation of a price, for people who want to check it.

use model::{CostStatus, Price, Span};

use super::bill::{Line, bill};
use super::listed::{How, Listed};
use super::units::{counted, is_part_of};
use super::{Computed, PriceTables, Table, chosen, compute, reported};
use crate::price::tier::Tier;

/// How a span came to its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calculation {
    /// By the tables of today.
    pub price: Price,
    /// Why this cost and no other.
    pub choice: String,
    pub matched: Option<Match>,
    /// What was asked of the tables besides the model: `flex`, `priority`.
    pub service_tier: Option<String>,
    /// `batch`.
    pub processing: Option<String>,
    /// Where nothing is charged for, none.
    pub lines: Vec<Line>,
    pub notes: Vec<String>,
}

/// Which entry of which table holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// With its version.
    pub table: String,
    /// The span's name that was looked up.
    pub asked_model: String,
    /// The table's names.
    pub provider: Option<String>,
    pub model: String,
    /// Of the own table.
    pub row: Option<u64>,
    /// How the entry was found, for people.
    pub how: String,
}

/// Prices a span as `price_of` does, and tells how.
pub fn explain(span: &Span, tables: &PriceTables) -> Calculation {
    let computed = compute(span, tables);
    let price = chosen(span, &computed);
    let tier = Tier::of(span);
    let mut calculation = Calculation {
        choice: choice(span, &computed),
        price,
        matched: None,
        service_tier: tier.service,
        processing: tier.processing,
        lines: Vec::new(),
        notes: Vec::new(),
    };
    match computed.table {
        Some(Table::Own { row, model, name, bill }) => {
            let (provider, pattern) = (row.terms.provider.clone(), row.terms.model.clone());
            let scope = row.terms.project.as_ref().map_or("of all projects".to_owned(), |project| format!("of project `{project}`"));
            let how = format!("row {} {scope}, for `{pattern}`, goes before list prices", row.id);
            calculation.matched =
                Some(Match { table: name, asked_model: model.to_owned(), provider, model: pattern, row: Some(row.id), how });
            calculation.lines = bill.lines;
        }
        Some(Table::Listed(listed)) => tell_listed(&mut calculation, span, &listed),
        None => {}
    }
    calculation
}

fn choice(span: &Span, computed: &Computed<'_>) -> String {
    match (reported(span), computed.cost, computed.status) {
        (Some(_), Some(_), _) => "the sender's own figure goes before the computed one".to_owned(),
        (Some(_), None, _) => "the sender's own figure; there is no computed one".to_owned(),
        (None, Some(_), CostStatus::Partial) => "computed for the part that has a price; the sender reports no cost".to_owned(),
        (None, Some(_), _) => "computed; the sender reports no cost".to_owned(),
        (None, None, CostStatus::NoPrice) => "no cost is reported, and none can be computed".to_owned(),
        (None, None, _) if span.usage.is_empty() => "the span has no usage: there is nothing to price".to_owned(),
        (None, None, _) => "the span is not billed by itself: there is nothing to price".to_owned(),
    }
}

fn tell_listed(calculation: &mut Calculation, span: &Span, listed: &Listed<'_>) {
    calculation.matched = Some(Match {
        table: super::listed::TABLE.to_owned(),
        asked_model: listed.model.to_owned(),
        provider: Some(listed.answer.provider_id.clone()),
        model: listed.answer.model_id.clone(),
        row: None,
        how: how(span, listed),
    });
    calculation.lines = lines(span, listed);
    let tier = listed.tier();
    if (tier.service.is_some() || tier.processing.is_some()) && !listed.is_tier_priced(&span.usage) {
        let names: Vec<String> = [&tier.service, &tier.processing].into_iter().flatten().map(|name| format!("`{name}`")).collect();
        calculation.notes.push(format!("the table has no other price for {} of this model at this time", names.join(" and ")));
    }
    if listed.overlap_assumed {
        calculation.notes.push("it is not told which of the cached tokens are audio, images or video: none is assumed".to_owned());
    }
    let sum: i64 = calculation.lines.iter().map(|line| line.cost.0).sum();
    let rounding_max = calculation.lines.len() as u64;
    if let Some(total) = listed.total().filter(|total| total.0.abs_diff(sum) > rounding_max) {
        calculation.notes.push(format!("the table's total of {total} dollars is not the sum of the lines: the provider bills a minimum"));
    }
}

fn how(span: &Span, listed: &Listed<'_>) -> String {
    let found = &listed.answer.provider_id;
    let asked = match &span.provider {
        None => "no provider is named".to_owned(),
        Some(provider) => format!("the table does not know provider `{provider}`"),
    };
    match (listed.how, &span.provider) {
        (How::Named, Some(provider)) if provider == found => format!("by the provider `{provider}`"),
        (How::Named, provider) => format!("provider `{}` is `{found}` in the table", provider.as_deref().unwrap_or_default()),
        (How::ByModelName, _) => format!("{asked}; the model's name belongs to `{found}`"),
        (How::ByMaker, _) => format!("{asked}; `{found}` makes a model of this name"),
    }
}

/// Finds the units that have prices of their own, and writes the bill by them.
fn lines(span: &Span, listed: &Listed<'_>) -> Vec<Line> {
    let input_tokens = span.usage.get(model::Usage::INPUT).unwrap_or(0);
    let mut prices: Vec<(&str, model::NanoUsd)> = Vec::new();
    for (unit, _) in counted(&span.usage) {
        let price = listed.unit_price(unit, input_tokens);
        // A part at the price of its whole has no line: most models charge for reasoning as for other output.
        let whole = prices.iter().rev().find(|(whole, _)| is_part_of(unit, whole));
        if price.0 > 0 && whole.is_none_or(|(_, whole_price)| *whole_price != price) {
            prices.push((unit, price));
        }
    }
    let price_of_unit = |unit: &str| prices.iter().find(|(priced, _)| *priced == unit).map(|(_, price)| *price);
    let mut lines = bill(&span.usage, price_of_unit).map(|bill| bill.lines).unwrap_or_default();
    for line in &mut lines {
        line.above_input_tokens = listed.tier_start(&line.unit, input_tokens);
    }
    let fee = listed.fee();
    if fee.0 > 0 {
        lines.push(Line { unit: "requests".to_owned(), count: 1, unit_price: fee, per: 1, cost: fee, above_input_tokens: None });
    }
    lines
}
