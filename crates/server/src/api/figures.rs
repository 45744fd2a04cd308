//! What questions for figures have in common: how fields, measures and buckets are named, and how figures are told.

mod bucket;
mod measure;
mod shape;

pub(crate) use bucket::{bucket, fitting_width, zone_offset};
pub(crate) use measure::{NamedMeasure, measure, measures};
pub(crate) use shape::{CostAnswer, FigureAnswer, amount, extent};

use query::Field;

use crate::problem::Problem;

/// Reads names of fields, separated by commas.
pub(crate) fn fields(text: &str) -> Result<Vec<&'static Field>, Problem> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(field).collect()
}

/// Finds a field by its name in the API.
pub(crate) fn field(name: &str) -> Result<&'static Field, Problem> {
    query::field(name).ok_or_else(|| {
        let shown: String = name.chars().take(80).collect();
        let names: Vec<&str> = query::FIELDS.iter().map(|field| field.name).collect();
        Problem::bad_request("unknown-field", format!("there is no field `{shown}`")).with_hint(format!("Use one of {}.", names.join(", ")))
    })
}
