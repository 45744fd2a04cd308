//! What a question in SQL may name, and nothing else: the tables of one project and functions that compute.

use std::collections::VecDeque;
use std::sync::Arc;

use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList, MemorySchemaProvider, SchemaProvider,
};
use datafusion::dataframe::DataFrame;
use datafusion::error::Result;
use datafusion::execution::SessionStateDefaults;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::planner::ExprPlanner;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use model::ProjectSlug;
use store::sql::{SqlError, TABLES};
use store::{Asking, TimeRange};

use super::bounded::BoundedPlanner;
use super::functions;
use super::mistakes::{self, only_questions};
use super::pauses::Pauses;
use super::provider::SqlTable;
use super::structure;
use super::wildcards;
use crate::engine::Engine;
use crate::limits;
use crate::read::TableReader;

const CATALOG: &str = "clew";
const SCHEMA: &str = "public";

/// A session that knows the tables of a project, as they are now.
pub(super) fn of_question(engine: &Arc<Engine>, project: &ProjectSlug, range: TimeRange, asking: &Arc<Asking>) -> Result<SessionContext> {
    let reader = Arc::new(TableReader::new(Arc::clone(engine), project.clone()));
    let tables = MemorySchemaProvider::new();
    for table in TABLES {
        let (reader, asking) = (Arc::clone(&reader), Arc::clone(asking));
        tables.register_table(table.name.to_owned(), Arc::new(SqlTable { reader, table, range, asking }))?;
    }
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema(SCHEMA, Arc::new(tables))?;
    let catalogs = MemoryCatalogProviderList::new();
    catalogs.register_catalog(CATALOG.to_owned(), Arc::new(catalog));
    Ok(SessionContext::new_with_state(state(Arc::new(catalogs))?))
}

fn state(catalogs: Arc<dyn CatalogProviderList>) -> Result<SessionState> {
    let mut config = SessionConfig::new()
        .with_default_catalog_and_schema(CATALOG, SCHEMA)
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(false)
        .with_batch_size(limits::SQL_BATCH_ROWS);
    // Mistakes are told with their places.
    config.options_mut().sql_parser.collect_spans = true;
    let scalar = functions::scalar();
    let mut planners: Vec<Arc<dyn ExprPlanner>> = vec![Arc::new(BoundedPlanner::new(&scalar))];
    planners.extend(SessionStateDefaults::default_expr_planners());
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime()?)
        .with_catalog_list(catalogs)
        .with_expr_planners(planners)
        .with_scalar_functions(scalar)
        .with_aggregate_functions(SessionStateDefaults::default_aggregate_functions())
        .with_window_functions(SessionStateDefaults::default_window_functions())
        .with_physical_optimizer_rule(Arc::new(Pauses));
    Ok(state.build())
}

/// Bounded memory, and no way to files: neither theirs nor temporary ones of our own.
fn runtime() -> Result<Arc<RuntimeEnv>> {
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(GreedyMemoryPool::new(limits::SQL_MEMORY_BYTES_MAX)))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
        .build_arc()?;
    runtime.deregister_object_store(ObjectStoreUrl::local_filesystem().as_ref())?;
    Ok(runtime)
}

/// Plans one question that reads; refuses everything else.
pub(super) async fn plan(session: SessionContext, sql: &str) -> Result<DataFrame, SqlError> {
    let statement = statement(sql)?;
    let mistake = |error| mistakes::of(error, sql);
    let plan = session.state().statement_to_plan(statement).await.map_err(mistake)?;
    let read_only = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    read_only.verify_plan(&plan).map_err(|_| only_questions(sql))?;
    Ok(DataFrame::new(session.state(), plan))
}

fn statement(sql: &str) -> Result<Statement, SqlError> {
    let mut statements = parsed(sql).map_err(|error| match begins_as_question(sql) {
        true => mistakes::of(error, sql),
        false => only_questions(sql),
    })?;
    match (statements.pop_front(), statements.is_empty()) {
        (None, _) => Err(mistakes::refused("the question is empty".into())),
        (Some(_), false) => Err(mistakes::refused("several statements are asked at once: send them one by one".into())),
        (Some(Statement::Statement(mut statement)), true) if matches!(*statement, ast::Statement::Query(_)) => {
            structure::check(&statement)?;
            wildcards::shorten(&mut statement);
            Ok(Statement::Statement(statement))
        }
        (Some(_), true) => Err(only_questions(sql)),
    }
}

fn parsed(sql: &str) -> Result<VecDeque<Statement>> {
    let parser = DFParserBuilder::new(sql).with_dialect(&GenericDialect {}).with_recursion_limit(limits::SQL_DEPTH_MAX);
    parser.build()?.parse_statements()
}

fn begins_as_question(sql: &str) -> bool {
    let text = sql.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '(');
    let word: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
    ["SELECT", "WITH", "VALUES", "FROM", "TABLE"].contains(&word.to_ascii_uppercase().as_str())
        || text.starts_with("--")
        || text.starts_with("/*")
}
