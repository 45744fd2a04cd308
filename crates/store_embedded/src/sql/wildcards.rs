//! `*` stands for the columns that are quick to read: whole inputs and what was sent are read where somebody names them.
//!
//! A list of the last fifty spans would otherwise read and derive the content of all.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    ExcludeSelectItem, Ident, ObjectName, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, Statement, TableFactor, VisitMut,
    VisitorMut, WildcardAdditionalOptions,
};
use store::sql::Table;

use super::columns::{origin, stored_table};
use crate::read::StoredTable;

/// Leaves out of each `*` what has to be named.
pub(super) fn shorten(statement: &mut Statement) {
    let _: ControlFlow<()> = statement.visit(&mut Wildcards::default());
}

/// The columns of a table that `*` leaves out.
fn left_out(table: &Table) -> Vec<&'static str> {
    // Of log records and points nearly every column is read from what was sent.
    if stored_table(table) != StoredTable::Spans {
        return Vec::new();
    }
    table.columns.iter().filter(|column| origin(table, column).needs_contents).map(|column| column.name).collect()
}

#[derive(Default)]
struct Wildcards {
    /// Names of `WITH`, which stand for other tables than ours.
    named: HashSet<String>,
}

impl VisitorMut for Wildcards {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let named = query.with.iter().flat_map(|with| &with.cte_tables);
        self.named.extend(named.map(|named| named.alias.name.value.to_ascii_lowercase()));
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let factors =
            select.from.iter().flat_map(|from| std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)));
        let factors: Vec<(Option<String>, Option<&'static Table>)> = factors.map(|factor| self.table(factor)).collect();
        for item in &mut select.projection {
            let (table, options) = match item {
                SelectItem::Wildcard(options) if factors.len() == 1 => (factors[0].1, options),
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options) => {
                    let name = last_word(name);
                    (factors.iter().find(|(known, _)| *known == name).and_then(|(_, table)| *table), options)
                }
                _ => continue,
            };
            table.into_iter().for_each(|table| shorten_one(options, table));
        }
        ControlFlow::Continue(())
    }
}

impl Wildcards {
    /// What a part of FROM is called, and which of our tables it is.
    fn table(&self, factor: &TableFactor) -> (Option<String>, Option<&'static Table>) {
        let TableFactor::Table { name, alias, .. } = factor else { return (None, None) };
        let table = last_word(name).filter(|name| !self.named.contains(name));
        let called = alias.as_ref().map(|alias| alias.name.value.to_ascii_lowercase()).or_else(|| last_word(name));
        (called, table.and_then(|name| store::sql::table(&name)))
    }
}

/// The table itself, of `clew.public.spans`.
fn last_word(name: &ObjectName) -> Option<String> {
    name.0.last()?.as_ident().map(|word| word.value.to_ascii_lowercase())
}

/// Whoever says what is to be left out has thought about it.
fn shorten_one(options: &mut WildcardAdditionalOptions, table: &Table) {
    let names = left_out(table);
    if names.is_empty() || options.opt_exclude.is_some() || options.opt_except.is_some() {
        return;
    }
    let names = names.into_iter().map(|name| ObjectName::from(vec![Ident::new(name)]));
    options.opt_exclude = Some(ExcludeSelectItem::Multiple(names.collect()));
}
