//! A comparison for people: the two sides, then field by field two bars a value.

use serde_json::Value;

use crate::format::{self, MISSING};
use crate::line::{Line, Role, one_line};
use crate::screen::Screen;

/// What is shown of an answer.
pub(super) struct Shown {
    /// Of what was given, and of what happened.
    pub(super) fields_max: usize,
    pub(super) with_chance: bool,
}

/// Cells of one bar where output is not a terminal, and at most.
const BAR_WIDTH: usize = 20;
const BAR_WIDTH_MIN: usize = 4;
/// Longest value beside the bars.
const LABEL_WIDTH: usize = 30;
/// Values of a field; the first tells nearly all.
const VALUES_MAX: usize = 3;
/// ` 100%` and the space around it, twice, and what stands before a label.
const FIXED_WIDTH: usize = 2 * (2 + 1 + 4) + 2;

pub(super) fn lines(answer: &Value, shown: &Shown, screen: &Screen) -> Vec<Line> {
    let mut lines = vec![side_line("A", &answer["a"], Role::Bad), side_line("B", &answer["b"], Role::Model)];
    let sides = [&answer["a"], &answer["b"]];
    if let Some((empty, _)) = ["A", "B"].iter().zip(sides).find(|(_, side)| side["traces"] == 0) {
        lines.extend([Line::new(), Line::plain(format!("{empty} has no traces in this time: there is nothing to compare"))]);
        return lines;
    }
    let fields = array(answer, "fields");
    let is_asked = |field: &&Value| field["asked"] == true;
    let is_shown = |field: &&Value| !is_asked(field) && (shown.with_chance || field["significant"] == true);
    let width = bar_width(screen);
    for (title, given) in [("what they were given", true), ("what happened in them", false)] {
        let of_kind: Vec<&Value> = fields.iter().filter(is_shown).filter(|field| field["given"] == given).collect();
        lines.extend([Line::new(), title_line(title, width)]);
        if of_kind.is_empty() {
            lines.push(Line::new().with(Role::Dim, "  nothing differs more than chance would make it"));
        }
        of_kind.iter().take(shown.fields_max).for_each(|field| lines.extend(field_lines(field, width)));
        if of_kind.len() > shown.fields_max {
            let more = format!("  {} more; see them with --limit", format::plural(of_kind.len() - shown.fields_max, "field"));
            lines.push(Line::new().with(Role::Dim, more));
        }
    }
    let asked: Vec<String> = fields.iter().filter(is_asked).map(|field| text(field, "field")).collect();
    let by_chance = fields.iter().filter(|field| !is_asked(field) && field["significant"] != true).count();
    lines.extend([Line::new(), rest_line(by_chance, shown.with_chance, &asked)]);
    lines
}

fn side_line(name: &str, side: &Value, role: Role) -> Line {
    let (total, traces) = (side["total"]["count"].as_u64().unwrap_or_default(), side["traces"].as_u64().unwrap_or_default());
    let about = if side["total"]["exact"] == false { "about " } else { "" };
    let mut told = format!("{about}{}", format::plural(total as usize, "trace"));
    if side["sampled"] == true {
        told.push_str(&format!(", {} looked at", format::count_exact(traces)));
    }
    let query = one_line(side["q"].as_str().unwrap_or_default());
    let query = if query.is_empty() { "all traces".to_owned() } else { query };
    Line::new().with(role, format!("{name}  ")).with(Role::Strong, query).with(Role::Dim, format!("  {told}"))
}

fn title_line(title: &str, width: usize) -> Line {
    let heading = Line::new().with(Role::Strong, title).padded(LABEL_WIDTH + 4);
    heading.with(Role::Bad, "A").padded(LABEL_WIDTH + 4 + width + 7).with(Role::Model, "B")
}

fn rest_line(by_chance: usize, with_chance: bool, asked: &[String]) -> Line {
    let mut told = Vec::new();
    if by_chance > 0 {
        let shown = if with_chance { "" } else { "; see them with --all" };
        told.push(format!("{} no more different than by chance{shown}", format::plural(by_chance, "field")));
    }
    if !asked.is_empty() {
        told.push(format!("left out, for the queries ask about it: {}", asked.join(", ")));
    }
    Line::new().with(Role::Dim, told.join(" · "))
}

fn field_lines(field: &Value, width: usize) -> Vec<Line> {
    let mut head = Line::new().with(Role::Strong, text(field, "field"));
    head.push(Role::Dim, format!("  effect {:.2}", field["effect"].as_f64().unwrap_or_default()));
    if field["kind"] == "number" {
        let [a, b] = ["a", "b"].map(|side| amount(field, &field[side]["median"]));
        head.push(Role::Dim, format!(" · median {a} against {b}"));
    }
    if field["significant"] != true {
        head.push(Role::Dim, " · may be chance");
    }
    let values = array(field, "values").iter().take(VALUES_MAX);
    std::iter::once(head).chain(values.map(|value| value_line(field, value, width))).collect()
}

fn value_line(field: &Value, value: &Value, width: usize) -> Line {
    let mut line = Line::plain("  ");
    line.append(Line::plain(label(field, value)).cut(LABEL_WIDTH).padded(LABEL_WIDTH));
    for (share, role) in [("a_share", Role::Bad), ("b_share", Role::Model)] {
        let share = value[share].as_f64().unwrap_or_default();
        line.push(Role::Plain, "  ");
        line.append(bar(share, width, role));
        line.push(Role::Plain, format!(" {:>4}", percent(share)));
    }
    line
}

fn bar(share: f64, width: usize, role: Role) -> Line {
    let cells = (share * width as f64).round() as usize;
    // What is there is seen, and what is missing too.
    let cells = match share {
        none if none <= 0.0 => 0,
        whole if whole >= 1.0 => width,
        _ => cells.clamp(1, width - 1),
    };
    Line::new().with(role, "━".repeat(cells)).with(Role::Dim, "·".repeat(width - cells))
}

fn bar_width(screen: &Screen) -> usize {
    let room = screen.columns.map_or(BAR_WIDTH, |columns| columns.saturating_sub(LABEL_WIDTH + FIXED_WIDTH) / 2);
    room.clamp(BAR_WIDTH_MIN, BAR_WIDTH)
}

fn percent(share: f64) -> String {
    match share {
        none if none <= 0.0 => "0%".to_owned(),
        whole if whole >= 1.0 => "100%".to_owned(),
        part => match (part * 100.0).round() as u64 {
            0 => "<1%".to_owned(),
            100 => ">99%".to_owned(),
            percent => format!("{percent}%"),
        },
    }
}

fn label(field: &Value, value: &Value) -> String {
    let known = |name: &str| value.get(name).filter(|value| !value.is_null());
    if let Some(value) = known("value") {
        return value.as_str().map_or_else(|| value.to_string(), |text| if text.is_empty() { "\"\"".into() } else { one_line(text) });
    }
    let bound = known("at_least").map(|bound| ("≥", bound)).or_else(|| known("below").map(|bound| ("<", bound)));
    bound.map_or("(none)".to_owned(), |(sign, bound)| format!("{sign} {}", amount(field, bound)))
}

/// Writes a number in the unit of its field.
fn amount(field: &Value, value: &Value) -> String {
    let Some(number) = value.as_f64().or_else(|| value.as_str()?.parse().ok()) else { return MISSING.to_owned() };
    match field["unit"].as_str() {
        Some("nanos") => format::duration(number as u64),
        Some("unix_nanos") => moment(number as i64),
        Some("usd") => format::cost(format::Cost::from_api(value.as_str(), Some("priced"))),
        _ if number.fract() == 0.0 && number >= 0.0 => format::count_exact(number as u64),
        _ => number.to_string(),
    }
}

fn moment(unix_nanos: i64) -> String {
    chrono::DateTime::from_timestamp_nanos(unix_nanos).with_timezone(&chrono::Local).format("%m-%d %H:%M:%S").to_string()
}

fn array<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value, field: &str) -> String {
    one_line(value[field].as_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PIPED: Screen = Screen { color: false, ascii: false, columns: None };

    fn painted(answer: &Value, shown: &Shown, screen: &Screen) -> String {
        lines(answer, shown, screen).iter().map(|line| line.paint(screen)).collect::<Vec<_>>().join("\n")
    }

    fn answer() -> Value {
        let field = |field: &str, given: bool, significant: bool, rest: Value| {
            let mut whole = json!({"field": field, "given": given, "asked": field == "status", "significant": significant,
                "kind": "category", "effect": 0.444, "a": {}, "b": {}});
            whole.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            whole
        };
        let releases = json!([
            {"value": "2026.11.2", "a_share": 0.68, "b_share": 0.25}, {"value": "a name that is far too long for its column", "a_share": 0.0005, "b_share": 0.9996},
            {"a_share": 0.0, "b_share": 1.0}, {"value": "one too many", "a_share": 0.0, "b_share": 0.0},
        ]);
        json!({
            "a": {"q": "status:error", "total": {"count": 79, "exact": true}, "traces": 79, "sampled": false},
            "b": {"q": "not status:error", "total": {"count": 24210, "exact": false}, "traces": 1000, "sampled": true},
            "fields": [
                field("release", true, true, json!({"values": releases})),
                field("duration", false, true, json!({"kind": "number", "unit": "nanos", "a": {"median": "9856000000"}, "b": {},
                    "values": [{"at_least": "7156000000", "a_share": 0.99, "b_share": 0.043}]})),
                field("cost", false, true, json!({"kind": "number", "unit": "usd", "a": {"median": "0.0437"}, "b": {"median": "0.012"},
                    "values": [{"below": "0.02", "a_share": 0.1, "b_share": 0.9}]})),
                field("env", true, false, json!({"values": [{"value": "staging", "a_share": 0.08, "b_share": 0.06}]})),
                field("status", false, true, json!({"values": []})),
            ],
        })
    }

    #[test]
    fn each_value_has_a_bar_for_both_sides() {
        insta::assert_snapshot!(painted(&answer(), &Shown { fields_max: 10, with_chance: false }, &PIPED));
    }

    #[test]
    fn a_narrow_terminal_is_kept_to_and_chance_is_said() {
        let screen = Screen { columns: Some(60), ..PIPED };
        let text = painted(&answer(), &Shown { fields_max: 1, with_chance: true }, &screen);
        assert!(text.lines().filter(|line| line.starts_with("  ")).all(|line| line.chars().count() <= 60), "{text}");
        assert!(text.contains("1 field more; see them with --limit") && !text.contains("$0.02"), "{text}");
    }

    #[test]
    fn without_traces_nothing_is_compared() {
        let mut answer = answer();
        answer["a"]["traces"] = 0.into();
        let text = painted(&answer, &Shown { fields_max: 10, with_chance: false }, &PIPED);
        assert!(text.ends_with("A has no traces in this time: there is nothing to compare"), "{text}");
    }
}
