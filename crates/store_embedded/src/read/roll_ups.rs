//! Numbers made of many spans, from columns: of whole traces, and of each span and what is below it.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, UInt64Array};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use query::{Comparison, Measure, Quantity, RollUp};
use store::StoreError;

use super::bounds::{Bounds, count_in};
use super::compare::rows_that_meet;
use super::masks::{Masks, Source};

impl<S: Source + ?Sized> Masks<'_, S> {
    /// The traces whose number is as wanted.
    pub(super) fn traces_of_number(&self, rollup: &RollUp, wanted: &Comparison) -> Result<Bounds, StoreError> {
        let spans = self.spans(&rollup.filter)?;
        let traces = self.source.rows_of_traces()?;
        match rollup.measure {
            Measure::Count => {
                let count = |spans: &BooleanBuffer, rows: &Range<usize>| count_in(spans, rows) as u64;
                meeting(traces.iter().map(|rows| (count(&spans.sure, rows), count(&spans.possible, rows))).collect(), wanted)
            }
            Measure::Repeats => meeting(self.runs(&spans, wanted)?.of_traces, wanted),
            _ if spans.sure != spans.possible => Ok(Bounds::unknown(self.source.trace_count())),
            measure => {
                let own = self.own_numbers(measure, &spans.sure)?;
                let number = |rows: &Range<usize>| own[rows.clone()].iter().fold(None, |sum, number| measure.join(sum, *number));
                let numbers: ArrayRef = Arc::new(traces.iter().map(number).collect::<Int64Array>());
                Ok(Bounds::exactly(rows_that_meet(&numbers, wanted)?))
            }
        }
    }

    /// The spans whose number, with what is below them, is as wanted.
    pub(super) fn spans_of_number(&self, rollup: &RollUp, wanted: &Comparison) -> Result<Bounds, StoreError> {
        let spans = self.spans(&rollup.filter)?;
        match rollup.measure {
            Measure::Count => {
                let trees = self.trees()?;
                let counts = |spans: &BooleanBuffer| {
                    let mut counts: Vec<u64> = spans.iter().map(u64::from).collect();
                    trees.add_up(&mut counts, |rows| count_in(spans, rows) > 0, |above, below| above + below)?;
                    Ok::<_, StoreError>(counts)
                };
                meeting(counts(&spans.sure)?.into_iter().zip(counts(&spans.possible)?).collect(), wanted)
            }
            Measure::Repeats => meeting(self.runs(&spans, wanted)?.of_spans, wanted),
            _ if spans.sure != spans.possible => Ok(Bounds::unknown(self.source.span_count())),
            measure => {
                let mut numbers = self.own_numbers(measure, &spans.sure)?;
                let known: BooleanBuffer = numbers.iter().map(Option::is_some).collect();
                self.trees()?.add_up(&mut numbers, |rows| count_in(&known, rows) > 0, |above, below| measure.join(above, below))?;
                let numbers: ArrayRef = Arc::new(Int64Array::from(numbers));
                Ok(Bounds::exactly(rows_that_meet(&numbers, wanted)?))
            }
        }
    }

    /// What each of some spans adds to a number; None where it is unknown.
    fn own_numbers(&self, measure: Measure, spans: &BooleanBuffer) -> Result<Vec<Option<i64>>, StoreError> {
        let (Measure::Sum(quantity) | Measure::Max(quantity) | Measure::Min(quantity)) = measure else {
            return Err(StoreError::Invalid("spans are counted, not added up".into()));
        };
        let told = self.quantities(quantity)?;
        let counted = if quantity.is_billed() { spans & &self.billed()? } else { spans.clone() };
        Ok(told.into_iter().zip(counted.iter()).map(|(number, is_counted)| number.filter(|_| is_counted)).collect())
    }

    fn quantities(&self, quantity: Quantity) -> Result<Vec<Option<i64>>, StoreError> {
        let column = |name: &str| Ok::<_, StoreError>(integers(&self.source.of_spans(name)?)?.iter().collect::<Vec<_>>());
        match quantity {
            Quantity::Tokens => {
                let (input, output) = (column("input_tokens")?, column("output_tokens")?);
                let both = |(input, output): (Option<i64>, Option<i64>)| match (input, output) {
                    (Some(input), Some(output)) => Some(input.saturating_add(output)),
                    (one, other) => one.or(other),
                };
                Ok(input.into_iter().zip(output).map(both).collect())
            }
            Quantity::Field(field) if field.name == "duration_nanos" => Ok(integers(&self.durations()?)?.iter().collect()),
            Quantity::Field(field) if field.name == "end_unix_nanos" => {
                Ok(column(field.column)?.into_iter().map(|end| end.filter(|end| *end > 0)).collect())
            }
            Quantity::Field(field) => column(field.column),
        }
    }

    /// The spans whose tokens and money enter sums.
    fn billed(&self) -> Result<BooleanBuffer, StoreError> {
        let (billing, elsewhere) = (self.source.of_spans("billing")?, self.source.of_spans("billed_in")?);
        let billing = billing.as_string::<i32>();
        Ok(BooleanBuffer::collect_bool(billing.len(), |row| {
            billing.is_valid(row) && billing.value(row) == model::Billing::Leaf.as_str() && elsewhere.is_null(row)
        }))
    }
}

/// Whole numbers of any width; beyond the greatest, that one.
fn integers(column: &ArrayRef) -> Result<Int64Array, StoreError> {
    if let Some(numbers) = column.as_any().downcast_ref::<UInt64Array>() {
        return Ok(numbers.unary(|number| i64::try_from(number).unwrap_or(i64::MAX)));
    }
    let numbers = cast(column, &DataType::Int64).map_err(|source| StoreError::failed("failed to read numbers", source))?;
    Ok(numbers.as_primitive::<Int64Type>().clone())
}

/// Which of some counts are as wanted, where only the least and the most that each can be is known.
pub(super) fn meeting(counts: Vec<(u64, u64)>, wanted: &Comparison) -> Result<Bounds, StoreError> {
    let most = counts.iter().map(|(_, most)| *most).max().unwrap_or_default();
    let all: ArrayRef = Arc::new((0..=most).collect::<UInt64Array>());
    // How many of the numbers before each one are as wanted.
    let mut before = vec![0; most as usize + 2];
    for (number, is_met) in rows_that_meet(&all, wanted)?.iter().enumerate() {
        before[number + 1] = before[number] + u64::from(is_met);
    }
    let met = |(least, most): (u64, u64)| before[most as usize + 1] - before[least as usize];
    Ok(Bounds {
        sure: counts.iter().map(|(least, most)| met((*least, *most)) == most - least + 1).collect(),
        possible: counts.iter().map(|count| met(*count) > 0).collect(),
    })
}

#[cfg(test)]
mod tests {
    use query::Operand;

    use super::*;

    #[test]
    fn a_count_in_doubt_is_met_surely_possibly_or_not_at_all() {
        let known = |comparison: Comparison| {
            let bounds = meeting(vec![(0, 0), (1, 3), (3, 4)], &comparison).unwrap();
            (0..3).map(|row| bounds.of_row(row)).collect::<Vec<_>>()
        };
        assert_eq!(known(Comparison::AtLeast(Operand::Integer(3))), [Some(false), None, Some(true)]);
        assert_eq!(known(Comparison::Is(vec![Operand::Integer(2)])), [Some(false), None, Some(false)]);
        assert_eq!(known(Comparison::Below(Operand::Integer(4))), [Some(true), Some(true), None]);
    }
}
