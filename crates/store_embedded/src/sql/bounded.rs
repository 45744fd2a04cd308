//! Functions whose result may be longer than what they get, kept from making gigabytes out of a few letters.
//!
//! `x || x`, named and used again thirty times, is a thousand million times as long as `x`, and no pool counts it: each call looks
//! at what it gets before it makes anything.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::compute::kernels::concat_elements::concat_elements_utf8;
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{DFSchema, ExprSchema};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr, RawDictionaryExpr};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::limits::SQL_MADE_BYTES_MAX;

/// Functions that put together what they get.
const JOINING: [&str; 15] = [
    "concat",
    "concat_ws",
    "overlay",
    "array_to_string",
    "string_to_array",
    "make_array",
    "array_append",
    "array_prepend",
    "array_concat",
    "array_union",
    "arrays_zip",
    "flatten",
    "array_replace_all",
    "array_replace_n",
    "array_replace",
];

/// Functions that put a text in the place of many; which argument the text is.
const REPLACING: [(&str, usize); 2] = [("replace", 2), ("regexp_replace", 2)];

/// Gives a function its bound, where it needs one.
pub(super) fn bounded(function: Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    let name = function.name();
    let replaces = REPLACING.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    if replaces.is_none() && !JOINING.contains(&name) {
        return function;
    }
    Arc::new(ScalarUDF::from(Bounded { inner: function.as_ref().clone(), replaces }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded {
    inner: ScalarUDF,
    /// Which argument is put in the place of others.
    replaces: Option<usize>,
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(types)
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let times = self.replaces.and_then(|text| args.args.get(text)).map_or(1, longest);
        check(self.name(), &args, times)?;
        self.inner.invoke_with_args(args)
    }
}

/// Refuses where the result could be longer than is good.
fn check(name: &str, args: &ScalarFunctionArgs, times: usize) -> Result<()> {
    let bytes: usize = args.args.iter().map(|arg| bytes_of(arg, args.number_rows)).sum();
    if bytes.saturating_mul(times.max(1)) <= SQL_MADE_BYTES_MAX {
        return Ok(());
    }
    let what = format!("`{name}` would make more than {} MiB of {} rows", SQL_MADE_BYTES_MAX >> 20, args.number_rows);
    Err(DataFusionError::ResourcesExhausted(what))
}

fn bytes_of(arg: &ColumnarValue, rows: usize) -> usize {
    match arg {
        ColumnarValue::Array(array) => array.to_data().get_slice_memory_size().unwrap_or_else(|_| array.get_array_memory_size()),
        ColumnarValue::Scalar(value) => value.size().saturating_mul(rows),
    }
}

/// Bytes of the longest text.
fn longest(arg: &ColumnarValue) -> usize {
    match arg {
        ColumnarValue::Scalar(value) => value.try_as_str().flatten().map_or(0, str::len),
        ColumnarValue::Array(array) => match cast(array, &DataType::LargeUtf8) {
            Ok(texts) => texts.as_string::<i64>().iter().flatten().map(str::len).max().unwrap_or(0),
            Err(_) => 0,
        },
    }
}

/// Plans operators and literals by the bounded functions, before others plan them without a bound.
#[derive(Debug)]
pub(super) struct BoundedPlanner {
    functions: Vec<Arc<ScalarUDF>>,
    joined: Arc<ScalarUDF>,
}

impl BoundedPlanner {
    /// Gets all functions.
    pub(super) fn new(functions: &[Arc<ScalarUDF>]) -> Self {
        let signature = Signature::exact(vec![DataType::Utf8; 2], Volatility::Immutable);
        Self { functions: functions.to_vec(), joined: Arc::new(ScalarUDF::from(Joined { signature })) }
    }

    fn call(&self, name: &str, args: Vec<Expr>) -> Result<Expr> {
        let function = self.functions.iter().find(|function| function.name() == name);
        let function = function.ok_or_else(|| DataFusionError::Plan(format!("there is no function `{name}`")))?;
        Ok(function.call(args))
    }
}

impl ExprPlanner for BoundedPlanner {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        if expr.op != BinaryOperator::StringConcat {
            return Ok(PlannerResult::Original(expr));
        }
        let RawBinaryExpr { left, right, .. } = expr;
        let planned = match (lists_in(&left, schema)?, lists_in(&right, schema)?) {
            (0, 0) => self.joined.call(vec![left, right]),
            (own, others) if own == others => self.call("array_concat", vec![left, right])?,
            (own, others) if own > others => self.call("array_append", vec![left, right])?,
            _ => self.call("array_prepend", vec![left, right])?,
        };
        Ok(PlannerResult::Planned(planned))
    }

    fn plan_array_literal(&self, exprs: Vec<Expr>, _: &DFSchema) -> Result<PlannerResult<Vec<Expr>>> {
        self.call("make_array", exprs).map(PlannerResult::Planned)
    }

    fn plan_overlay(&self, args: Vec<Expr>) -> Result<PlannerResult<Vec<Expr>>> {
        self.call("overlay", args).map(PlannerResult::Planned)
    }

    fn plan_substring(&self, args: Vec<Expr>) -> Result<PlannerResult<Vec<Expr>>> {
        self.call("substr", args).map(PlannerResult::Planned)
    }

    fn plan_position(&self, args: Vec<Expr>) -> Result<PlannerResult<Vec<Expr>>> {
        self.call("strpos", args).map(PlannerResult::Planned)
    }

    fn plan_dictionary_literal(&self, _: RawDictionaryExpr, _: &DFSchema) -> Result<PlannerResult<RawDictionaryExpr>> {
        Err(no_structs())
    }

    fn plan_struct_literal(&self, _: Vec<Expr>, _: bool) -> Result<PlannerResult<Vec<Expr>>> {
        Err(no_structs())
    }

    fn plan_make_map(&self, _: Vec<Expr>) -> Result<PlannerResult<Vec<Expr>>> {
        Err(no_structs())
    }
}

fn no_structs() -> DataFusionError {
    DataFusionError::Plan("structs and maps are not made here: name columns, or make a list".into())
}

/// How many lists stand inside each other in the type of an expression.
fn lists_in(expr: &Expr, schema: &dyn ExprSchema) -> Result<usize> {
    let (mut kind, mut lists) = (expr.get_type(schema)?, 0);
    while let DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) = kind {
        (kind, lists) = (item.data_type().clone(), lists + 1);
    }
    Ok(lists)
}

/// `a || b`: unknown where one of them is.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Joined {
    signature: Signature,
}

impl ScalarUDFImpl for Joined {
    fn name(&self) -> &str {
        "||"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        check(self.name(), &args, 1)?;
        let [left, right] = args.args.as_slice() else {
            return Err(DataFusionError::Plan("`||` joins two texts".into()));
        };
        let (left, right) = (left.to_array(args.number_rows)?, right.to_array(args.number_rows)?);
        let joined = concat_elements_utf8(left.as_string::<i32>(), right.as_string::<i32>())?;
        Ok(ColumnarValue::Array(Arc::new(joined)))
    }
}
