//! The suite every engine is held to.
//!
//! Each check gets a fresh store, appends, lets the engine settle into the state under test (rows still in memory, flushed, read back
//! after a crash), and asks. No check knows which state that is: an answer may not depend on it.

#![expect(clippy::unwrap_used, reason = "a check is a test: it panics where the store does not answer")]

mod records;
mod subject;

mod aggregates;
mod agree;
mod catalog;
mod claims;
mod deletion;
mod exactness;
mod grouping;
mod ledger;
mod logs;
mod pages;
mod points;
mod raw;
mod rederive;
mod traces;

pub use agree::{DeletionSeed, Operation, agree};
pub use catalog::run_catalog;
pub use records::{LogSeed, PointSeed, SpanSeed};
pub use subject::Subject;

use std::pin::Pin;

use subject::Bench;

type Check = for<'a> fn(&'a mut Bench) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

// A macro, for a list of async functions has no type of its own.
macro_rules! checks {
    ($($module:ident :: $name:ident),+ $(,)?) => {
        &[$((stringify!($name), |bench| Box::pin($module::$name(bench)))),+]
    };
}

const CHECKS: &[(&str, Check)] = checks![
    traces::an_empty_store_answers,
    traces::what_was_appended_is_visible,
    traces::a_span_sent_again_changes_nothing,
    traces::duplicates_inside_one_batch_are_counted,
    traces::an_update_is_merged,
    traces::versions_of_one_batch_are_merged,
    traces::an_older_version_sent_again_changes_nothing,
    traces::an_update_after_an_update_is_merged,
    traces::the_newest_value_that_is_present_wins,
    traces::late_spans_and_missing_parents_join,
    traces::projects_do_not_see_each_other,
    traces::several_traces_come_as_each_alone,
    traces::the_projects_of_a_trace_are_found,
    traces::the_sequence_rises,
    traces::a_span_without_its_raw_span_is_refused,
    traces::a_closed_store_answers_stopped,
    pages::traces_are_listed_by_start_and_by_duration,
    pages::the_duration_of_a_trace_is_that_of_its_root,
    pages::an_update_moves_a_trace_and_its_spans,
    pages::pages_of_traces_neither_lose_nor_repeat,
    pages::pages_of_spans_neither_lose_nor_repeat,
    pages::pages_of_logs_neither_lose_nor_repeat,
    pages::pages_of_groups_neither_lose_nor_repeat,
    pages::a_range_includes_its_start_and_excludes_its_end,
    pages::a_total_counts_the_range_and_not_the_page,
    pages::a_page_of_no_rows_still_counts,
    logs::logs_with_a_span_come_with_their_trace,
    logs::logs_without_a_span_are_listed_only,
    logs::a_log_without_a_time_happened_when_it_was_observed,
    logs::a_log_sent_again_is_a_duplicate,
    logs::logs_are_found_by_what_they_say,
    logs::a_log_comes_with_the_span_it_tells_of,
    logs::a_span_made_from_a_log_is_shown_and_neither_counted_nor_sent_on,
    points::points_of_every_kind_come_back_as_they_were_sent,
    points::pages_of_points_neither_lose_nor_repeat,
    points::points_are_found_by_name_range_and_project,
    raw::a_span_of_several_versions_comes_once_and_merged,
    raw::raw_spans_come_by_start_and_only_of_the_trace_asked_for,
    raw::raw_logs_come_with_and_without_a_span,
    raw::pages_end_before_they_have_too_many_bytes,
    grouping::sessions_and_users_are_grouped,
    grouping::a_session_named_by_one_version_stays,
    grouping::a_group_outside_the_range_is_left_out,
    grouping::a_trace_is_of_one_session,
    grouping::a_group_adds_up_its_traces,
    grouping::a_group_meets_what_one_of_its_traces_meets_and_sums_of_all,
    grouping::a_long_session_names_its_newest_traces,
    ledger::every_record_is_in_one_bucket,
    ledger::minutes_outside_the_range_are_left_out,
    ledger::points_are_counted_once,
    aggregates::values_are_counted,
    aggregates::several_fields_are_counted_at_once,
    aggregates::a_row_counts_in_each_of_its_tags,
    aggregates::values_at_places_are_counted_and_added_up,
    aggregates::time_is_cut_at_the_viewers_midnight,
    aggregates::money_is_summed_where_it_is_billed_and_says_what_it_does_not_know,
    aggregates::sums_are_exact_beyond_what_floats_can_say,
    aggregates::percentiles_are_of_rows_that_know,
    aggregates::different_values_are_counted,
    aggregates::rates_are_by_the_second,
    aggregates::groups_come_by_rank_and_the_rest_is_counted,
    aggregates::a_filter_chooses_rows,
    aggregates::an_updated_span_counts_once_as_it_is_now,
    aggregates::what_no_engine_answers_is_refused,
    aggregates::runs_of_a_step_come_newest_first,
    rederive::columns_are_replaced_and_raw_spans_stay,
    rederive::a_span_of_several_versions_is_one_span,
    rederive::other_times_and_projects_are_left_alone,
    rederive::what_was_received_stays_received,
    rederive::a_derivation_decides_neither_ids_nor_who_bills,
    rederive::every_column_can_be_derived,
    rederive::a_derivation_that_changes_nothing_changes_nothing,
    claims::a_call_is_billed_in_the_trace_that_came_first,
    claims::a_call_twice_in_one_batch_is_billed_once,
    claims::spans_of_one_trace_share_its_claim,
    claims::a_span_sent_again_keeps_its_claim,
    claims::a_claim_comes_with_the_version_that_has_the_usage,
    claims::an_id_that_comes_again_much_later_is_another_call,
    claims::projects_do_not_share_claims,
    claims::what_is_no_billed_call_has_no_claim,
    claims::the_word_of_a_batch_on_billing_elsewhere_does_not_count,
    deletion::a_deleted_trace_is_gone_and_others_stay,
    deletion::what_was_deleted_is_new_when_it_comes_again,
    deletion::the_ledger_goes_on_to_count_what_was_received,
    deletion::a_query_deletes_what_its_list_shows,
    deletion::logs_without_a_trace_go_by_what_they_say,
    deletion::a_project_deletes_nothing_of_another,
    deletion::a_deleted_trace_gives_its_calls_up,
    deletion::what_ended_before_a_time_goes_whole,
    deletion::a_time_that_was_taken_back_keeps_nothing,
    deletion::a_dry_run_counts_and_removes_nothing,
    exactness::every_column_survives,
    exactness::every_attribute_type_survives,
    exactness::empty_and_absent_stay_apart,
    exactness::numbers_at_the_ends_of_their_range_survive,
    exactness::every_field_of_a_log_survives,
    exactness::a_span_of_twenty_megabytes_survives,
];

/// Holds an engine to the suite; `make` gives a fresh store each time.
///
/// Panics at the first answer that is not right.
pub async fn run<Made: Subject + 'static>(make: impl AsyncFn() -> Made) {
    for (name, check) in CHECKS {
        // Captured by the test runner and shown with the panic.
        println!("conformance: {name}");
        let mut bench = Bench::new(make().await);
        check(&mut bench).await;
    }
}
