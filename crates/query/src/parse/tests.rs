//! What texts mean, told by their canonical text; and what is wrong with those that mean nothing.

use super::{parse, read};
use crate::seen::Seen;

/// Each text has the canonical text, which stays what it is and means the same.
fn check(cases: &[(&str, &str)]) {
    for (text, canonical) in cases {
        let parsed = parse(text).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"));
        assert_eq!(parsed.canonical, *canonical, "{text}");
        let again = parse(canonical).unwrap_or_else(|wrong| panic!("{canonical}: {wrong:?}"));
        assert_eq!(again.filter, parsed.filter, "{text}");
        assert_eq!(again.canonical, *canonical, "{text}");
    }
}

#[test]
fn short_things_stay_short() {
    check(&[
        ("", ""),
        ("  ", ""),
        ("status:error", "status:error"),
        ("status:error model:gpt-5 \"refund\"", "status:error model:gpt-5 refund"),
        ("refund late", "refund late"),
        ("\"late refund\"", "\"late refund\""),
        ("order-4521", "\"order 4521\""),
        ("STATUS = Error", "status:error"),
        ("user:ada@example.com", "user:ada@example.com"),
        ("name:\"GET /orders\"", "name:\"GET /orders\""),
        ("'single quotes'", "\"single quotes\""),
        ("is:error is:tool is:root", "status:error kind:tool not has:parent_id"),
        ("*", ""),
    ]);
}

#[test]
fn tests_are_joined() {
    check(&[
        ("a AND b && c", "a b c"),
        ("a or b c", "a or (b c)"),
        ("(a or b) c", "(a or b) c"),
        ("a || b | c", "a or b or c"),
        ("((a or b)) or c", "a or b or c"),
        ("-status:error !kind:tool not user:bob", "not status:error not kind:tool not user:bob"),
        ("not (a or b)", "not (a or b)"),
        ("not not a", "a"),
        ("-(a b)", "not (a b)"),
        ("\"or\" \"contains\"", "\"or\" \"contains\""),
        ("model:a or status:error", "model:a or status:error"),
    ]);
}

#[test]
fn comparisons_have_units() {
    check(&[
        ("duration > 2s", "duration > 2s"),
        ("latency>=1500ms", "duration >= 1.5s"),
        ("cost > $0.01", "cost > $0.01"),
        ("cost:>0.01", "cost > $0.01"),
        ("tokens > 10k", "tokens > 10k"),
        ("duration:1s..5s", "duration:1s..5s"),
        ("duration:1s..*", "duration >= 1s"),
        ("tokens:*..10k", "tokens <= 10k"),
        ("http_status:429", "http_status:429"),
        ("http_status != 200", "not http_status:200"),
        ("start >= 2026-11-20T10:52:00Z", "start >= 2026-11-20T10:52Z"),
        ("stream:yes", "stream:true"),
        ("prompt_tokens <= 1_000_000", "input_tokens <= 1M"),
    ]);
}

#[test]
fn values_may_be_lists_shapes_and_expressions() {
    check(&[
        ("model:gpt-5,gpt-5-mini", "model in (gpt-5, gpt-5-mini)"),
        ("kind in [tool, llm]", "kind in (tool, llm)"),
        ("kind:(tool or llm)", "kind in (tool, llm)"),
        ("user not in (bob \"ada l\")", "not user in (bob, \"ada l\")"),
        ("model:gpt-5*", "model:gpt-5*"),
        ("model:a,b*", "model:a or model:b*"),
        ("name:/orders?/i", "name ~ /(?i)orders?/"),
        ("name ~ /a b\\/c/", "name ~ /a b\\/c/"),
        ("name matches \"^a\\d+$\"", "name ~ /^a\\d+$/"),
        ("name !~ x", "not name ~ /x/"),
        ("http.route:/orders", "http.route:\"/orders\""),
        ("name contains refund", "name contains refund"),
        ("content contains \"100 %\"", "content contains \"100 %\""),
        ("has:user no:session", "has:user not has:session"),
        ("user exists user:*", "has:user has:user"),
        ("tag:a,b", "tag in (a, b)"),
    ]);
}

#[test]
fn attributes_and_places_are_named() {
    check(&[
        ("http.route = \"/x\"", "http.route:\"/x\""),
        ("@tenant:acme", "attr.tenant:acme"),
        ("attributes[\"any key\"]:x", "attr[\"any key\"]:x"),
        ("attr.input.value contains refund", "attr.input.value contains refund"),
        ("service.name:web", "service.name:web"),
        ("llm.input_messages.0.message.role:user", "llm.input_messages.0.message.role:user"),
        ("output.route = \"refund\"", "output.route:refund"),
        ("output.items.0.id:7", "output.items[0].id:7"),
        ("output.items[*].price > 9.5", "output.items[*].price > 9.5"),
        ("output[\"0\"][\"a b\"]:x", "output[\"0\"][\"a b\"]:x"),
        ("metadata.tenant:acme", "metadata.tenant:acme"),
        ("state.approved:true", "state.approved:true"),
        ("output.code:\"7\"", "output.code:\"7\""),
        ("output.code:007", "output.code:\"007\""),
        ("output.score:0.5..1", "output.score:0.5..1"),
        ("output.size > 10k", "output.size > 10000"),
        ("has:output.route", "has:output.route"),
        ("arguments.order_id:4521", "arguments.order_id:4521"),
        ("score.helpfulness < 0.5 score.tone:bad", "score.helpfulness < 0.5 score.tone:bad"),
        ("step(triage).output.route = \"refund\"", "step(triage).output.route:refund"),
        ("step(triage)", "span(step:triage)"),
        ("tool(\"get order\").duration > 2s", "tool(\"get order\").duration > 2s"),
        ("step(triage).output.route != refund", "span(step:triage not output.route:refund)"),
        ("kind(llm).model:gpt-5*", "span(kind:llm model:gpt-5*)"),
    ]);
}

#[test]
fn structure_can_be_asked_for() {
    check(&[
        ("errors > 2", "errors > 2"),
        ("spans > 100", "spans > 100"),
        ("count(kind:tool) > 20", "count(kind:tool) > 20"),
        ("count(status:error) >= 1", "errors >= 1"),
        ("sum(cost, kind:llm) > $1", "sum(cost, kind:llm) > $1"),
        ("max(duration) > 10s", "max(duration) > 10s"),
        ("repeats() >= 3", "repeats(kind:tool) >= 3"),
        ("repeats(*) >= 3", "repeats(*) >= 3"),
        ("kind:agent child(kind:tool status:error)", "kind:agent child(kind:tool status:error)"),
        ("child(search)", "child(search)"),
        ("child(\"search\")", "child(\"search\")"),
        ("not child()", "not child()"),
        ("span(kind:tool or search)", "span(kind:tool or search)"),
        ("child(kind:tool).status:error", "child(kind:tool status:error)"),
        ("trace(status:error) kind:llm", "trace(status:error) kind:llm"),
        ("retrieve then answer", "retrieve then answer"),
        ("retrieve then answer without ground_check between", "retrieve then answer without ground_check between"),
        ("retrieve then answer without ground_check", "retrieve then answer without ground_check between"),
        ("status:error a then b then c", "status:error a then b then c"),
        ("(kind:tool status:error) then (x or y)", "(kind:tool status:error) then (x or y)"),
        ("not a then b", "not (a then b)"),
        ("step(triage) then tool(search)", "step:triage then tool:search"),
        ("step(triage).status:error then answer", "(step:triage status:error) then answer"),
        ("count(step(triage).output.route:refund) > 1", "count(step:triage output.route:refund) > 1"),
        ("child(trace(span(search)))", "child(trace(span(search)))"),
        ("trace(step(a).status:error) kind:llm", "trace(step(a).status:error) kind:llm"),
        ("a then \"b c\"", "a then \"b c\""),
        ("ret* then kind:llm", "ret* then kind:llm"),
        ("span(step:triage occurrence:2)", "step(triage).occurrence:2"),
        ("span(step:triage occurrence:2 output.route:x)", "span(step:triage occurrence:2 output.route:x)"),
        ("log(severity>=error \"timed out\" event:retry)", "log(severity >= error event:retry \"timed out\")"),
        ("log(timeout)", "log(\"timeout\")"),
        ("words(refund \"late order\")", "words(refund late order)"),
        ("attempt > 1", "attempt > 1"),
    ]);
}

/// Each text has these mistakes, one a line: where, why, and what to write.
fn check_wrong(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let wrong = parse(text).expect_err(text);
        let lines: Vec<String> =
            wrong.iter().map(|wrong| format!("{} | {} | {}", &text[wrong.from..wrong.to], wrong.reason, wrong.fix)).collect();
        assert_eq!(lines.join("\n"), *expected, "{text}");
    }
}

#[test]
fn mistakes_have_a_place_a_reason_and_a_fix() {
    check_wrong(&[
        ("stauts:error", "stauts | `stauts` is no field | write `status`, or `attr.stauts` for a raw attribute"),
        ("zebra:x", "zebra | `zebra` is no field | put it in quotes to search for it, or write `attr.zebra` for a raw attribute"),
        ("status:erorr", "erorr | `status` is never `erorr` | write `status:error`"),
        ("kind:server", "server | `kind` is never `server` | write `span_kind:server`"),
        ("duration > 2", "2 | `2` has no unit | write `2s`, `2ms` or another of `d h m s ms us ns`"),
        ("duration > fast", "fast | `fast` is no duration | write a number and one of `d h m s ms us ns`, such as `2s` or `1m30s`"),
        (
            "cost > cheap",
            "cheap | `cheap` is no amount of dollars | write a decimal with at most nine digits behind the point, such as `$0.01`",
        ),
        ("release > 2026", "> 2026 | `release` has no order | write `release:..`, `release in (..)` or `release ~ /../`"),
        ("output.size > big", "big | `big` is no number | write a number without a unit, such as `0.5` or `10k`"),
        ("cost ~ /1/", "~ /1/ | `cost` is no text | write `cost > $0.01`"),
        ("status:", " | nothing stands behind `:` | write a value, in quotes where it has spaces"),
        ("(a or b", "( | `(` is not closed | write `)` at the end of the group"),
        ("a)", ") | `)` closes nothing | take it away, or write `(` before"),
        ("\"refund", "\"refund | `\"` is not closed | write `\"` behind the text"),
        ("or a", "or | `or` has nothing before it | write a test before it, or put it in quotes"),
        ("a or", "or | `or` has nothing behind it | write a test behind it, or put it in quotes"),
        ("refun*", "refun* | words are searched for whole | write `content contains \"refun\"`"),
        (
            "name ~ /a(/",
            "/a(/ | no regular expression: unclosed group | write a regular expression without look-around, with `\\` before signs that stand for themselves",
        ),
        ("user:null", "null | nothing equals `null` | write `no:user`, or `\"null\"` for the text"),
        (
            "a without b",
            "without | `without` belongs to `then` | write `a then b without c between`, or `not c`, or put the word in quotes",
        ),
        ("chlid(kind:tool)", "chlid | `chlid` is no function | write `child(..)`, or put the text in quotes to search for it"),
        ("count(kind:tool)", "count(kind:tool) | a number alone is no test | compare it: `count(kind:tool) > 0`"),
        (
            "colour:red status:ok stauts:x",
            "colour | `colour` is no field | put it in quotes to search for it, or write `attr.colour` for a raw attribute\n\
             stauts | `stauts` is no field | write `status`, or `attr.stauts` for a raw attribute",
        ),
        ("name:f(x)", "f(x) | a value with parentheses needs quotes | write `\"f(x)\"`"),
        ("http://example.com", "http | `http` is no field | write `http_status`, or `attr.http` for a raw attribute"),
        ("user in ()", "() | the list is empty | write its values, such as `in (a, b)`"),
        (
            "sum(user) > 1",
            "user | `user` is no number of a span | write a number of spans first, such as `sum(cost)` or `max(duration, kind:tool)`",
        ),
        (
            "log(severity >= loud)",
            "loud | `loud` is no severity | write `trace`, `debug`, `info`, `warn`, `error`, `fatal`, or a number from 1 to 24",
        ),
        ("is:slow", "slow | nothing is `slow` | write a status, a kind or `root`: `is:error`, `is:tool`, `is:root`"),
    ]);
}

#[test]
fn what_is_too_long_or_too_deep_is_refused() {
    for text in ["(".repeat(40), "not ".repeat(40) + "a", "a ".repeat(501), "x".repeat(20_000), format!("user in ({})", "a,".repeat(1_001))]
    {
        assert!(parse(&text).is_err(), "{}", &text[..20]);
    }
    assert!(parse(&format!("{}a{}", "(".repeat(30), ")".repeat(30))).is_ok());
}

#[test]
fn a_query_is_coloured_while_it_is_typed() {
    let text = "-status:error count(kind:tool) > 20 \"a b\" c";
    let reading = read(text, &Seen::default());
    let shown: Vec<String> =
        reading.tokens.iter().map(|token| format!("{}={}", token.kind.as_str(), &text[token.from..token.to])).collect();
    assert_eq!(
        shown.join(" | "),
        "keyword=- | field=status | operator=: | value=error | function=count | punctuation=( | field=kind | operator=: | value=tool | punctuation=) | operator=> | value=20 | phrase=\"a b\" | word=c"
    );
    assert!(!read("status:", &Seen::default()).tokens.is_empty());
}
