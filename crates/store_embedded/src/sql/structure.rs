//! How large a question is once every name in it stands for what it means.
//!
//! Planning takes more than time in proportion: a chain of a thousand operators costs a million steps, and thirty names that each stand
//! twice for the one before are a thousand million tables. Nobody can end a planner, so that what it gets is bounded.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, ObjectName, Query, Select, Statement, Visit, Visitor};
use store::sql::SqlError;

use super::mistakes::refused;
use crate::limits::{SQL_CHAIN_MAX, SQL_EXPRESSIONS_MAX, SQL_TABLES_MAX};

/// Refuses a question that is too large to plan.
pub(super) fn check(statement: &Statement) -> Result<(), SqlError> {
    let mut size = Size { tables: vec![0], ..Size::default() };
    if let ControlFlow::Break(error) = statement.visit(&mut size) {
        return Err(error);
    }
    Ok(())
}

#[derive(Default)]
struct Size {
    /// Of the queries that stand around the place: how many tables each reads, names of `WITH` resolved.
    tables: Vec<usize>,
    /// Queries that a name stands for, by their addresses.
    named: HashMap<*const Query, String>,
    /// Tables that a name stands for.
    known: HashMap<String, usize>,
    depth: usize,
    expressions: usize,
    selects: usize,
}

impl Visitor for Size {
    type Break = SqlError;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<SqlError> {
        for named in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.named.insert(std::ptr::from_ref(named.query.as_ref()), named.alias.name.value.to_ascii_lowercase());
        }
        self.tables.push(0);
        self.expression()
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<SqlError> {
        let read = self.tables.pop().unwrap_or_default();
        match self.named.remove(&std::ptr::from_ref(query)) {
            Some(name) => {
                // Where a name is given twice, the larger query counts.
                let known = self.known.entry(name).or_default();
                *known = read.max(*known);
                ControlFlow::Continue(())
            }
            None => self.read_tables(read),
        }
    }

    /// Each side of a union is one.
    fn pre_visit_select(&mut self, _: &Select) -> ControlFlow<SqlError> {
        self.selects += 1;
        match self.selects > SQL_TABLES_MAX {
            true => ControlFlow::Break(refused(format!("the question has more than {SQL_TABLES_MAX} SELECTs"))),
            false => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<SqlError> {
        let read = self.known.get(&name.to_string().to_ascii_lowercase().replace('"', "")).copied().unwrap_or(0);
        self.read_tables(read.max(1))
    }

    fn pre_visit_expr(&mut self, _: &Expr) -> ControlFlow<SqlError> {
        self.depth += 1;
        if self.depth > SQL_CHAIN_MAX {
            return ControlFlow::Break(refused(format!(
                "operators stand inside each other more than {SQL_CHAIN_MAX} deep: use IN for many values"
            )));
        }
        self.expression()
    }

    fn post_visit_expr(&mut self, _: &Expr) -> ControlFlow<SqlError> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}

impl Size {
    fn read_tables(&mut self, read: usize) -> ControlFlow<SqlError> {
        if let Some(tables) = self.tables.last_mut() {
            *tables += read;
            if *tables > SQL_TABLES_MAX {
                return ControlFlow::Break(refused(format!(
                    "the question reads more than {SQL_TABLES_MAX} tables, names of WITH resolved"
                )));
            }
        }
        ControlFlow::Continue(())
    }

    fn expression(&mut self) -> ControlFlow<SqlError> {
        self.expressions += 1;
        match self.expressions > SQL_EXPRESSIONS_MAX {
            true => ControlFlow::Break(refused(format!("the question has more than {SQL_EXPRESSIONS_MAX} values and operators"))),
            false => ControlFlow::Continue(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::GenericDialect;
    use datafusion::sql::sqlparser::parser::Parser;

    use super::*;
    use crate::limits::SQL_STACK_BYTES;

    /// On a thread such as questions have.
    fn is_planned(sql: &str) -> bool {
        let sql = sql.to_owned();
        let looked = move || check(&Parser::parse_sql(&GenericDialect {}, &sql).unwrap()[0]).is_ok();
        std::thread::Builder::new().stack_size(SQL_STACK_BYTES).spawn(looked).unwrap().join().unwrap()
    }

    #[test]
    fn tables_are_counted_with_what_names_stand_for() {
        let tables = |count: usize| vec!["spans"; count].join(" CROSS JOIN ");
        assert!(is_planned(&format!("SELECT 1 FROM {}", tables(SQL_TABLES_MAX))));
        assert!(!is_planned(&format!("SELECT 1 FROM {}", tables(SQL_TABLES_MAX + 1))));
        let doubled = |times: usize| {
            let names: Vec<String> = (0..times).map(|at| format!("n{} AS (SELECT 1 FROM n{at} a, N{at} b)", at + 1)).collect();
            format!("WITH n0 AS (SELECT 1 FROM spans), {} SELECT 1 FROM n{times}", names.join(", "))
        };
        assert!(is_planned(&doubled(6)) && 1 << 6 <= SQL_TABLES_MAX);
        assert!(!is_planned(&doubled(7)) && 1 << 7 > SQL_TABLES_MAX);
        assert!(!is_planned(&format!("SELECT (SELECT count(*) FROM ({}) AS t)", doubled(30))));
    }

    #[test]
    fn chains_and_values_are_counted() {
        let sum = |count: usize| format!("SELECT {}", vec!["1"; count].join("+"));
        assert!(is_planned(&sum(SQL_CHAIN_MAX)));
        assert!(!is_planned(&sum(SQL_CHAIN_MAX + 1)));
        let list = |count: usize| format!("SELECT 1 IN ({})", vec!["1"; count].join(","));
        assert!(is_planned(&list(SQL_EXPRESSIONS_MAX - 3)));
        assert!(!is_planned(&list(SQL_EXPRESSIONS_MAX - 2)));
    }
}
