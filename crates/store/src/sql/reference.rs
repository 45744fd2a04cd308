//! The page about SQL, made from the tables and the limits, so that it cannot say anything else than the code.

use super::{EXAMPLES, TABLES, Table};
use crate::limits::{SQL_ANSWER_BYTES_MAX, SQL_BYTES_MAX, SQL_ROWS_MAX};

const HEAD: &str = "\
# SQL

`clew query \"SELECT ...\"` and `POST /api/v1/projects/{project}/sql` answer questions in SQL, read-only, about one project.
A question gets a name on the Query page or with `clew views save NAME SQL --of query`, and `clew query --saved NAME` asks it.
The language is that of [Apache DataFusion](https://datafusion.apache.org/user-guide/sql/), close to PostgreSQL's: joins, subqueries, `WITH`, \
windows, `FILTER`, `approx_percentile_cont`, `date_trunc`, regular expressions.
This page is written from the code by `cargo xtask docs`.

## What may be asked

One `SELECT` (or `WITH ... SELECT`, `VALUES`) over the tables below; they hold the rows of one project, and there is no way to name those of another.
What a sender got an acknowledgement for is in the answer, as in every list: `SELECT count(*) FROM spans` is the total that the list of spans shows.
Nothing can be changed: no statement that writes, defines or sets something is run, no file or address can be read, and no second statement is taken.

- A span of several versions is one row, merged.
- A value that is not known is null, never zero.
- Tokens and money of a span count where `billed`: an agent span often repeats what its calls say. `traces` has them summed already.
- `*` leaves out `input`, `output`, `attributes` and `resource_attributes` of spans and steps, which take long to read: name them where they are wanted.
- Money is exact, in decimals of US dollars down to a nano-dollar; JSON and CSV write it as digits, not as a floating number.
- Times are `TIMESTAMP` in UTC with nanoseconds (`start_time > now() - INTERVAL '1 day'`), and whole nanoseconds beside (`start_unix_nanos`).
- `scores` has what senders tell of the quality of a span: evaluations as events or log records of OpenTelemetry, evaluations and annotations of OpenInference, scores of Braintrust. It has a row for each score of a span.

## Functions of clew

- `json_get(json, place)`: the value at a place of a JSON text, as text: `json_get(output, 'items[*].id')`. \
Places are written as in [queries](query.md); `[*]` gives the first that is there. \
A key that stands there as it is written goes first, so that `json_get(attributes, 'gen_ai.request.model')` finds the attribute. \
What is no text is given as JSON; cast it to count with it: `CAST(json_get(output, 'score') AS DOUBLE)`.

Functions that make much out of little are not there: \
`repeat`, `lpad`, `rpad`, `range`, `generate_series`, `array_repeat`, `array_resize`, `levenshtein`, structs, maps and lambdas.
";

/// Writes the page.
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    page.push_str(&format!(
        "\n## Limits\n\nA question has at most {} KiB, an answer {} rows and {} MiB; where more rows were found, the answer says that it is cut.\n\
         Time, memory and the number of questions at once are bounded too, and how much a planner gets: operators inside each other, values, tables.\n\
         All stand in [limits](limits.md); a question beyond them ends with an error that says which.\n",
        SQL_BYTES_MAX >> 10,
        grouped(SQL_ROWS_MAX),
        SQL_ANSWER_BYTES_MAX >> 20
    ));
    page.push_str("\n## Examples\n");
    for example in EXAMPLES {
        page.push_str(&format!("\n{}\n\n```sql\n{}\n```\n", example.asks, example.sql));
    }
    TABLES.iter().for_each(|table| page.push_str(&table_section(table)));
    page
}

fn table_section(table: &Table) -> String {
    let mut section =
        format!("\n## Table `{}`\n\n{}\n\n| column | type | unit | what it is |\n|---|---|---|---|\n", table.name, table.about);
    for column in table.columns {
        section.push_str(&format!("| `{}` | {} | {} | {} |\n", column.name, column.kind.as_str(), column.unit, column.about));
    }
    section
}

fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_is_current() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sql.md");
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(page == super::reference(), "docs/sql.md is out of date: run `cargo xtask docs`");
    }
}
