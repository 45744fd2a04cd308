//! Questions over the API: the server's time in the middle of several, with warm files and with cold ones.

use std::path::Path;

use super::figure::{Figure, Goal, Value, quantile};
use super::loading::{Loaded, ask, median};
use super::machine::forget_file;
use super::settling::settle;
use crate::Result;
use crate::http_client::Connection;
use crate::json_text::values_of;
use crate::server_process::ServerProcess;

const ROUNDS: usize = 15;
const COLD_ROUNDS: usize = 3;

/// Cold files may make an answer so many times slower.
const COLD_TIMES: f64 = 5.0;

/// A question and how many milliseconds it may take.
struct Question {
    name: &'static str,
    path: String,
    most: f64,
}

/// Asks everything of one store.
pub(crate) fn measure(binary: &Path, loaded: &Loaded, section: &'static str, cold_section: &'static str) -> Result<Vec<Figure>> {
    let log = loaded.data.with_file_name("server.log");
    let server = ServerProcess::start(binary, &loaded.data, &log)?;
    // What was put off at the last stop is done now.
    settle(&server)?;
    let mut connection = Connection::open(&server.http)?;
    let questions = questions(loaded, &mut connection)?;
    let (mut warm, mut cold) = (Vec::new(), Vec::new());
    for question in &questions {
        let goal = Goal::AtMost(question.most);
        let figure = Figure::new(section, question.name, 0.0, "ms", goal);
        // What the server may remember of an answer it gave, it does not know yet.
        if let Ok(milliseconds) = ask(&mut connection, &question.path) {
            let name = format!("{}, asked for the first time", question.name);
            warm.push(Figure::new(section, name, milliseconds, "ms", Goal::None));
        }
        match median(&mut connection, ROUNDS, || question.path.clone()) {
            Ok(milliseconds) => {
                warm.push(Figure { value: Value::Number(milliseconds), ..figure });
                let most = milliseconds.max(question.most) * COLD_TIMES;
                let value = cold_median(&mut connection, &loaded.data, question)?;
                cold.push(Figure::new(cold_section, question.name, value, "ms", Goal::AtMost(most)));
            }
            Err(error) => {
                // A refusal closes nothing, a break-off does.
                connection = Connection::open(&server.http)?;
                let error = error.to_string();
                let is_unknown = ["answered 404", "answered 400", "answered 405"].iter().any(|status| error.contains(status));
                let value = if is_unknown { Value::NotThereYet } else { Value::Failed(error.chars().take(120).collect()) };
                warm.push(Figure { value, ..figure });
            }
        }
    }
    server.stop()?;
    warm.append(&mut cold);
    Ok(warm)
}

fn questions(loaded: &Loaded, connection: &mut Connection) -> Result<Vec<Question>> {
    let project = "/api/v1/projects/default";
    let question = |name, path: &str, most| Question { name, path: format!("{project}{path}"), most };
    let filter = encoded("status:error model:gpt-4o-mini service:support-api");
    let deep = deep_cursor(connection, &format!("{project}/traces"))?;
    let mut questions = vec![
        question("a trace of 100 spans", &format!("/traces/{}", loaded.hundred(3)), 15.0),
        question("newest 50 traces", "/traces?limit=50", 60.0),
        question("newest 50 traces with three filters", &format!("/traces?limit=50&q={filter}"), 60.0),
        question("a page 5,000 traces deep", &format!("/traces?limit=50&cursor={deep}"), 60.0),
        question("facets", "/facets", 150.0),
        question("facets with a filter", &format!("/facets?q={filter}"), 150.0),
        question("percentiles of the duration per hour", "/histogram?measure=p95(duration_nanos)&bucket=1h&by=", 150.0),
        question("cost by model", "/aggregate?measures=sum(cost_usd)&by=request_model", 150.0),
        question("cost by user", "/aggregate?measures=sum(cost_usd)&by=user_id", 150.0),
        question("cost by day", "/aggregate?measures=sum(cost_usd)&bucket=1d", 150.0),
        question("a common word, newest 50", &format!("/traces?limit=50&q={}", encoded("\"refund\"")), 50.0),
        question("a rare word, newest 50", &format!("/traces?limit=50&q={}", encoded("\"A-48213\"")), 50.0),
        question("a JSON field, newest 50", &format!("/traces?limit=50&q={}", encoded("output.route:refund")), 50.0),
        question(
            "a decision of one step, newest 50",
            &format!("/traces?limit=50&q={}", encoded("step(classify).output.route:refund")),
            50.0,
        ),
        question("sessions, newest 50", "/sessions?limit=50", 120.0),
        question("a step's output field over the last 1,000 runs", "/steps/classify/route?last=1000", 100.0),
    ];
    for (spans, name, most) in
        [(10_000, "skeleton of a trace of 10,000 spans", 100.0), (100_000, "skeleton of a trace of 100,000 spans", 1_000.0)]
    {
        if let Some(id) = loaded.long(spans).filter(|_| spans <= loaded.spans / 5) {
            questions.push(question(name, &format!("/traces/{id}/skeleton"), most));
        }
    }
    Ok(questions)
}

/// Goes through pages until 5,000 traces lie behind; the cursor of the next.
fn deep_cursor(connection: &mut Connection, list: &str) -> Result<String> {
    let mut cursor = String::new();
    for _ in 0..5 {
        let after = if cursor.is_empty() { String::new() } else { format!("&cursor={cursor}") };
        let answer = connection.get(&format!("{list}?limit=1000{after}"))?;
        let text = answer.text();
        match values_of(&text, "next_cursor").last().filter(|next| !next.starts_with("null")) {
            Some(next) => cursor = encoded(next),
            None => break,
        }
    }
    Ok(cursor)
}

fn cold_median(connection: &mut Connection, data: &Path, question: &Question) -> Result<f64> {
    let mut all = Vec::new();
    for _ in 0..COLD_ROUNDS {
        forget(data)?;
        all.push(ask(connection, &question.path)?);
    }
    Ok(quantile(&mut all, 0.5))
}

fn forget(dir: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() { forget(&path)? } else { forget_file(&path)? }
    }
    Ok(())
}

/// Percent-encodes what is not a letter or digit.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
