//! What an engine must read to ask a filter.

use crate::filter::{Comparison, Filter, Root, Subject, Test};

/// Which parts of spans a filter looks at, beyond their columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// Inputs, outputs, messages, documents, state, scores.
    pub content: bool,
    /// Raw attributes or events.
    pub raw: bool,
    /// Log records.
    pub logs: bool,
    /// Other spans of the trace than the row's own: a relation, an order, a roll-up, or a test of the trace.
    pub trace: bool,
}

impl Needs {
    fn add(&mut self, other: Needs) {
        self.content |= other.content;
        self.raw |= other.raw;
        self.logs |= other.logs;
        self.trace |= other.trace;
    }
}

/// Says what a filter looks at.
pub fn needs(filter: &Filter) -> Needs {
    let mut all = Needs::default();
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().for_each(|part| all.add(needs(part))),
        Filter::Not(inner) => all = needs(inner),
        Filter::Span(inner) | Filter::Trace(inner) | Filter::Relative(_, inner) => all = Needs { trace: true, ..needs(inner) },
        Filter::Sequence(sequence) => {
            all = Needs { trace: true, ..needs(&sequence.first) };
            for follower in &sequence.then {
                all.add(needs(&follower.filter));
                follower.without.iter().for_each(|without| all.add(needs(without)));
            }
        }
        Filter::Test(test) => all = needs_of_test(test),
        Filter::Words(_) => all.content = true,
        Filter::Log(test) => (all.logs, all.raw) = (true, test.severity_min.is_none()),
    }
    all
}

fn needs_of_test(test: &Test) -> Needs {
    let none = Needs::default();
    match &test.subject {
        Subject::Field(_) | Subject::Tokens => none,
        Subject::Attribute(_) => Needs { raw: true, ..none },
        // Metadata is kept beside the columns.
        Subject::Path { root: Root::Metadata, .. } => none,
        Subject::Path { .. } | Subject::Score(_) => Needs { content: true, ..none },
        Subject::Occurrence => Needs { trace: true, ..none },
        Subject::RollUp(rollup) => {
            let compares_arguments = matches!(rollup.measure, crate::filter::Measure::Repeats);
            let inner = needs(&rollup.filter);
            Needs { trace: true, content: inner.content || compares_arguments, ..inner }
        }
    }
}

/// Every regular expression of a filter, the same one once for each place it stands in.
pub(crate) fn patterns<'a>(filter: &'a Filter, found: &mut Vec<&'a str>) {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().for_each(|part| patterns(part, found)),
        Filter::Not(inner) | Filter::Span(inner) | Filter::Trace(inner) | Filter::Relative(_, inner) => patterns(inner, found),
        Filter::Sequence(sequence) => {
            patterns(&sequence.first, found);
            for follower in &sequence.then {
                patterns(&follower.filter, found);
                follower.without.iter().for_each(|without| patterns(without, found));
            }
        }
        Filter::Test(Test { subject, comparison }) => {
            if let Subject::RollUp(rollup) = subject {
                patterns(&rollup.filter, found);
            }
            if let Comparison::Matches(pattern) = comparison {
                found.push(pattern);
            }
        }
        Filter::Words(_) | Filter::Log(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{Needs, needs};
    use crate::parse::parse;

    #[test]
    fn a_filter_says_what_it_looks_at() {
        let none = Needs::default();
        for (text, wanted) in [
            ("status:error cost > $1 metadata.tenant:x", none),
            ("refund", Needs { content: true, ..none }),
            ("http.route:x", Needs { raw: true, ..none }),
            ("child(output.route:x)", Needs { content: true, trace: true, ..none }),
            ("a then b without \"c\" between", Needs { content: true, trace: true, ..none }),
            ("repeats() > 1", Needs { content: true, trace: true, ..none }),
            ("errors > 1 occurrence:2", Needs { trace: true, ..none }),
            ("log(severity >= error)", Needs { logs: true, ..none }),
            ("log(event:x)", Needs { logs: true, raw: true, ..none }),
        ] {
            assert_eq!(needs(&parse(text).unwrap().filter), wanted, "{text}");
        }
    }
}
