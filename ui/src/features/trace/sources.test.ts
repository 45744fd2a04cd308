import { describe, expect, test } from "vitest";
import { parseExplanation } from "../../api/parse_explain";
import { sampleSpan } from "./sample";
import { sourceRows, staleSentence, visibilitySentence } from "./sources";

const source = (field: string, more = {}) => ({
  field,
  place: `attribute ${field}`,
  dialect: "otel",
  rank: 10,
  passed_over: [],
  ...more,
});

function explained({ span = {}, ...fields }: Readonly<Record<string, unknown>> = {}) {
  return parseExplanation({
    span: {
      span_id: "a",
      start_unix_nanos: "0",
      visibility: "app",
      mapping_version: 3,
      ...(span as object),
    },
    sources: [],
    from_trace: [],
    visibility_reason: "its type is known",
    unread: [],
    stored_mapping_version: 3,
    ...fields,
  });
}

const rows = (fields: Readonly<Record<string, unknown>>, span = {}) =>
  sourceRows(explained(fields), sampleSpan({ id: "a", ...span }));

const values = (...given: Parameters<typeof rows>) => rows(...given).map(({ value }) => value);

describe("the rows of the sources", () => {
  test("show each value short, from the explanation before the trace", () => {
    const sources = [
      "request_model",
      "usage.input_tokens",
      "ttft",
      "cost_reported",
      "tags",
      "kind",
    ];
    const span = {
      request_model: "gpt-5-mini",
      usage: { input_tokens: 14 },
      ttft_nanos: "412000000",
      cost_reported_usd: "0.0000186",
      tags: ["a", "b"],
      obs_type: "llm",
      operation: "chat",
      billing: "leaf",
    };
    const sent = { sources: sources.map((field) => source(field)), span };
    expect(values(sent, { request_model: "as stored long ago" })).toEqual([
      "gpt-5-mini",
      "14",
      "412 ms",
      "$0.0000186",
      "a, b",
      "llm · chat · leaf",
    ]);
  });

  test("take contents from the span of the trace, counted or cut", () => {
    const sources = ["input_messages", "output", "trace_name"].map((field) => source(field));
    const span = { input_messages: [{ role: "user", parts: [] }], output: "x".repeat(300) };
    const [messages, output, other] = values({ sources }, span);
    expect(messages).toBe("1 message");
    expect(output).toBe(`${"x".repeat(80)}…`);
    expect(other).toBeUndefined();
  });

  test("say what was passed over and how the value is written", () => {
    const told = source("response_id", {
      reading: "at id",
      passed_over: ["attribute output.value", "attribute output.value"],
    });
    expect(rows({ sources: [told] })[0]?.told).toEqual({
      place: "attribute response_id",
      dialect: "otel",
      rank: 10,
      reading: "at id",
      passedOver: ["attribute output.value"],
    });
  });

  test("mark what the trace gives or changes, one row a field", () => {
    const found = rows({
      sources: [source("session_id"), source("request_model")],
      from_trace: [
        { field: "session_id", alone: "old", in_trace: "new" },
        { field: "user_id", alone: null, in_trace: "ada" },
        { field: "visibility", alone: "infra", in_trace: "app" },
      ],
    });
    const drawn = found.map((row) => [row.field, row.value, row.fromTrace, row.alone, !!row.told]);
    expect(drawn).toEqual([
      ["session_id", "new", true, "old", true],
      ["request_model", undefined, false, undefined, true],
      ["user_id", "ada", true, undefined, false],
    ]);
  });
});

test("why a span is shown or folded is a sentence, the trace's part told apart", () => {
  expect(visibilitySentence(explained())).toBe("Shown: its type is known");
  const folded = { span: { visibility: "infra" }, visibility_reason: "it is plumbing" };
  expect(visibilitySentence(explained(folded))).toBe("Folded as infra: it is plumbing");
  const change = { field: "visibility", alone: "app", in_trace: "duplicate" };
  expect(
    visibilitySentence(explained({ span: { visibility: "duplicate" }, from_trace: [change] })),
  ).toBe("Folded as duplicate because of its trace; alone it is shown: its type is known");
});

test("an older stored mapping is told, today's is not", () => {
  expect(staleSentence(explained())).toBeUndefined();
  expect(staleSentence(explained({ stored_mapping_version: 2 }))).toContain("`clew renormalize`");
});

test("an answer of another shape is refused by name", () => {
  expect(() => parseExplanation({ sources: [] })).toThrow("`span`");
  expect(() => explained({ sources: [{ field: "name" }] })).toThrow("`place`");
});
