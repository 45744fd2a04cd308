//! The questions clients ask, each a handler; the OpenAPI document is made from the same types.

mod shapes;

mod page;
mod params;
mod states;
mod time_range;

mod figures;

mod read;

mod aggregate;
mod backup;
mod explain;
mod export;
mod facets;
mod fields;
mod groups;
mod health;
mod histogram;
mod instrumentations;
mod live;
mod logs;
mod metrics;
mod prices;
mod progress;
mod projects;
mod receiver;
mod renormalize;
mod reprice;
mod spans;
mod sql;
mod steps;
mod traces;
mod values;
mod views;

mod cost;
mod delete;
mod difference;
mod query;
mod skeleton;
mod system;

use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

#[derive(OpenApi)]
#[openapi(info(
    title = "clew",
    description = "Reading API of clew. Ids are lower-case hex; times and durations are decimal strings of nanoseconds; money is a decimal string of \
                   US dollars. An absent field is unknown. Errors are problem documents (RFC 9457).",
    license(name = "Apache-2.0", identifier = "Apache-2.0")
))]
struct Document;

/// All routes of the API with their documentation.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(projects::list))
        .routes(routes!(projects::about))
        .routes(routes!(traces::list))
        .routes(routes!(traces::get))
        .routes(routes!(traces::find))
        .routes(routes!(skeleton::get))
        .routes(routes!(skeleton::find))
        .routes(routes!(spans::list))
        .routes(routes!(skeleton::span))
        .routes(routes!(query::parse))
        .routes(routes!(query::complete))
        .routes(routes!(fields::list))
        .routes(routes!(values::list))
        .routes(routes!(facets::count))
        .routes(routes!(histogram::draw))
        .routes(routes!(aggregate::ask))
        .routes(routes!(sql::ask))
        .routes(routes!(sql::tables))
        .routes(routes!(difference::explain))
        .routes(routes!(progress::get))
        .routes(routes!(steps::list))
        .routes(routes!(steps::outputs))
        .routes(routes!(steps::output))
        .routes(routes!(explain::explain))
        .routes(routes!(cost::explain))
        .routes(routes!(prices::list, prices::put))
        .routes(routes!(prices::remove))
        .routes(routes!(views::list, views::create))
        .routes(routes!(views::update, views::remove))
        .routes(routes!(reprice::reprice))
        .routes(routes!(renormalize::renormalize))
        .routes(routes!(instrumentations::list))
        .routes(routes!(logs::list))
        .routes(routes!(metrics::list))
        .routes(routes!(metrics::get))
        .routes(routes!(export::otlp))
        .routes(routes!(groups::sessions))
        .routes(routes!(groups::users))
        .routes(routes!(live::stream))
        .routes(routes!(receiver::recent))
        .routes(routes!(receiver::stream))
        .routes(routes!(delete::delete))
        .routes(routes!(backup::backup))
        .routes(routes!(health::ledger))
        .routes(routes!(system::get))
        .routes(routes!(health::healthz))
        .routes(routes!(health::metrics))
}

/// Returns the OpenAPI document, pretty-printed, as it is committed and served.
pub fn openapi_json() -> String {
    let (_, document) = router().split_for_parts();
    let mut text = document.to_pretty_json().expect("a document made of plain types is JSON");
    text.push('\n');
    text
}
