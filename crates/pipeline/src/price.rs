//! What a span costs: by the sender's word, the user's own price table, and list prices, in this order.
//!
//! What the tables say is computed beside a reported cost too, so that both can be compared.

mod tier;
mod units;

mod bill;

mod listed;
mod shelf;

mod own;

mod calculation;

use std::sync::Arc;

use model::{Billing, CostStatus, NanoUsd, Price, ProjectSlug, Span};
use store::{OwnPrice, OwnPrices};

pub use bill::Line;
pub use calculation::{Calculation, Match, explain};
pub use shelf::PriceShelf;
pub use units::{total_of, units_per_price};

use bill::Bill;
use listed::{Listed, Unlisted};

/// All price tables, as they hold for one project; cheap to clone.
#[derive(Debug, Clone)]
pub struct PriceTables {
    own: Arc<OwnPrices>,
    project: ProjectSlug,
}

/// List prices alone.
impl Default for PriceTables {
    fn default() -> Self {
        Self::new(Arc::default(), ProjectSlug::default_project())
    }
}

impl PriceTables {
    /// Puts an own table before the list prices; of its rows, a project sees its own and those of all.
    pub fn new(own: Arc<OwnPrices>, project: ProjectSlug) -> Self {
        Self { own, project }
    }

    fn rows(&self) -> impl Iterator<Item = &OwnPrice> {
        self.own.rows.iter().filter(|row| row.terms.project.as_ref().is_none_or(|named| *named == self.project))
    }

    fn own_name(&self) -> String {
        format!("own table, version {}", self.own.version)
    }
}

/// Fills in the price of each span that is billed or carries usage.
pub(crate) fn price(spans: &mut [Span], tables: &PriceTables) {
    for span in spans {
        span.price = price_of(span, tables);
    }
}

/// Prices one span: what the sender reports, if it is more than nothing, else what the tables say.
///
/// A span without usage has nothing to be priced. An aggregate gets a price too, for the case that the tree promotes it.
pub fn price_of(span: &Span, tables: &PriceTables) -> Price {
    chosen(span, &compute(span, tables))
}

/// Prices a stored span again, by the tables of today.
pub fn reprice(mut span: Span, tables: &PriceTables) -> Span {
    span.price = price_of(&span, tables);
    span
}

/// What the tables say of a span.
#[derive(Debug, Default)]
struct Computed<'a> {
    cost: Option<NanoUsd>,
    status: CostStatus,
    reason: Option<String>,
    table: Option<Table<'a>>,
}

#[derive(Debug)]
enum Table<'a> {
    Own { row: &'a OwnPrice, model: &'a str, name: String, bill: Bill },
    Listed(Listed<'a>),
}

impl Table<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Own { name, .. } => name,
            Self::Listed(_) => listed::TABLE,
        }
    }
}

fn chosen(span: &Span, computed: &Computed<'_>) -> Price {
    if let Some(cost) = reported(span) {
        let source = Some("reported".to_owned());
        return Price { cost: Some(cost), computed: computed.cost, status: CostStatus::Priced, source, reason: None };
    }
    Price {
        cost: computed.cost,
        computed: computed.cost,
        status: computed.status,
        source: computed.cost.and(computed.table.as_ref()).map(|table| table.name().to_owned()),
        reason: computed.reason.clone(),
    }
}

/// A reported nothing is no price: SDKs write zero for models they do not know.
fn reported(span: &Span) -> Option<NanoUsd> {
    span.cost_reported.filter(|cost| cost.0 > 0)
}

fn compute<'a>(span: &'a Span, tables: &'a PriceTables) -> Computed<'a> {
    if span.usage.is_empty() || span.billing == Billing::None {
        return Computed::default();
    }
    let no_price = |reason: String| Computed { status: CostStatus::NoPrice, reason: Some(reason), ..Computed::default() };
    let Some(model) = span.response_model.as_ref().or(span.request_model.as_ref()) else {
        return no_price("no model is known".to_owned());
    };
    if span.usage.iter().all(|(unit, _)| unit == "total_tokens") {
        return no_price("only a total of tokens is known".to_owned());
    }
    if let Some((row, model)) = own::find(span, tables) {
        return by_own_row(span, row, model, tables);
    }
    match listed::find(span) {
        Ok(listed) => {
            let unpriced = listed.unpriced(&span.usage);
            computed(listed.total(), &unpriced, &span.usage, Table::Listed(listed))
        }
        Err(Unlisted::Invalid(detail)) => no_price(
            units::contradiction(&span.usage)
                .unwrap_or_else(|| format!("usage is invalid: {}", detail.trim_start_matches("invalid usage: "))),
        ),
        Err(Unlisted::Unknown) => no_price(match &span.provider {
            Some(provider) => format!("no price table knows model `{model}` of provider `{provider}`"),
            None => format!("no price table knows model `{model}`, and no provider is named"),
        }),
    }
}

fn by_own_row<'a>(span: &Span, row: &'a OwnPrice, model: &'a str, tables: &PriceTables) -> Computed<'a> {
    let name = tables.own_name();
    match bill::bill(&span.usage, |unit| row.terms.prices.get(unit).copied()) {
        Ok(bill) => {
            let (total, unpriced) = (bill.total, bill.unpriced.clone());
            computed(Some(total), &unpriced, &span.usage, Table::Own { row, model, name, bill })
        }
        Err(reason) => Computed { status: CostStatus::NoPrice, reason: Some(reason), ..Computed::default() },
    }
}

fn computed<'a>(total: Option<NanoUsd>, unpriced: &[(String, u64)], usage: &model::Usage, table: Table<'a>) -> Computed<'a> {
    let reason = (!unpriced.is_empty()).then(|| {
        let counts: Vec<String> = unpriced.iter().map(|(unit, count)| format!("{count} {unit}")).collect();
        format!("the table has no price for {}", counts.join(" and "))
    });
    let is_anything_priced = bill::unpriced(&units::counted(usage), |_| false).len() > unpriced.len();
    let status = match (unpriced.is_empty(), is_anything_priced) {
        (true, _) => CostStatus::Priced,
        (false, true) => CostStatus::Partial,
        (false, false) => CostStatus::NoPrice,
    };
    let cost = total.filter(|_| status != CostStatus::NoPrice);
    Computed { cost, status, reason, table: Some(table) }
}

#[cfg(test)]
mod tests;
