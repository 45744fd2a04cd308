import { describe, expect, test } from "vitest";
import type { Json } from "../../base/json";
import { attributeGroups } from "./attributes";
import { jsonRows, pagesOf } from "./json_rows";
import { jsonStart, jsonText } from "./json_text";
import { conversationOf, repeatedOf } from "./messages";
import { placeFacts } from "./place_facts";
import { hostOf, plain } from "./plain";
import { previewOfSpan, titleOf } from "./preview";
import { type SampleSpan, sampleSpan, sampleTree } from "./sample";
import {
  clampWindow,
  roundStep,
  textOfWindow,
  tickLabel,
  ticksOf,
  windowFromText,
  xOf,
  zoomWindow,
} from "./scale";
import { momentsOf, momentsTitle } from "./time_line";

const SECOND = 1e9;

describe("what places a span among others", () => {
  test("names what is known, the telling ones first to be read", () => {
    const span = sampleSpan({
      id: "chat",
      http_status: 200,
      rate_limit: { remaining_tokens: "18000", retries: 2 },
      service_tier: "priority",
      step_path: "answer/draft",
      attempt: 2,
    });
    const facts = placeFacts(span);
    expect(facts.map(({ name, value }) => `${name} ${value}`)).toEqual([
      "HTTP status 200",
      "Limit: remaining tokens 18000",
      "Retries 2",
      "Attempt 2",
      "Step path answer/draft",
      "Service tier priority",
    ]);
    expect(facts.filter(({ leading }) => leading).map(({ name }) => name)).toEqual([
      "Retries",
      "Attempt",
      "Step path",
      "Service tier",
    ]);
    expect(placeFacts(sampleSpan({ id: "plain" }))).toEqual([]);
  });
});

describe("the time axis", () => {
  test("maps offsets to pixels and labels round times", () => {
    const scale = { from: 0, to: 505 * SECOND, width: 400 };
    expect(xOf(scale, 252.5 * SECOND)).toBe(200);
    expect(ticksOf(scale).map(({ label }) => label)).toEqual([
      "0",
      "1m",
      "2m",
      "3m",
      "4m",
      "5m",
      "6m",
      "7m",
      "8m",
    ]);
  });

  test("steps are round at every size and labels say the unit", () => {
    expect([1.5, 3e3, 3e5, 3e8, 3 * SECOND, 40 * SECOND, 4000 * SECOND].map(roundStep)).toEqual([
      2,
      5e3,
      5e5,
      5e8,
      5 * SECOND,
      60 * SECOND,
      7200 * SECOND,
    ]);
    expect(tickLabel(90 * SECOND, 30 * SECOND)).toBe("1m 30s");
    expect(tickLabel(1.5 * SECOND, SECOND / 2)).toBe("1.5s");
    expect(tickLabel(250e3, 50e3)).toBe("250µs");
  });

  test("zoom keeps the point it turns around and stays inside the trace", () => {
    expect(zoomWindow({ from: 0, to: 100e6 }, 0.5, 40e6, 100e6)).toEqual({ from: 20e6, to: 70e6 });
    expect(clampWindow({ from: -10e6, to: 40e6 }, 100e6)).toEqual({ from: 0, to: 50e6 });
    expect(windowFromText(textOfWindow({ from: 20e6, to: 70e6 }, 100e6), 100e6)).toEqual({
      from: 20e6,
      to: 70e6,
    });
    expect(textOfWindow({ from: 0, to: 100e6 }, 100e6)).toBeUndefined();
    expect(windowFromText("7~3", 100e6)).toBeUndefined();
  });
});

describe("messages", () => {
  const call = { type: "tool_call", id: "c1", name: "get_order", arguments: { id: "4821" } };
  const response = { type: "tool_call_response", id: "c1", response: { status: "shipped" } };
  const input = [
    { role: "user", parts: [{ type: "text", content: "Where is it?" }] },
    { role: "assistant", parts: [call] },
    { role: "tool", parts: [response] },
  ];

  test("a tool call is joined with its response, which is not repeated", () => {
    const views = conversationOf(sampleSpan({ id: "a", input_messages: input }));
    expect(views.map(({ role }) => role)).toEqual(["user", "assistant"]);
    expect(views[1]?.parts[0]).toMatchObject({ type: "call", call, response });
  });

  test("a response without its call stands alone", () => {
    const views = conversationOf(sampleSpan({ id: "a", input_messages: input.slice(2) }));
    expect(views[0]?.parts[0]).toMatchObject({ type: "response", part: response });
  });

  test("a new response is not hidden in a call that is folded as unchanged", () => {
    const views = conversationOf(sampleSpan({ id: "a", input_messages: input }), 2);
    expect(views.map(({ place }) => place)).toEqual([0, 1, 2]);
    expect(views[2]?.parts[0]).toMatchObject({ type: "response", toolName: "get_order" });
  });

  test("an id used twice pairs each call with its own response", () => {
    const twice = [
      ...input,
      { role: "assistant", parts: [call] },
      { role: "tool", parts: [{ ...response, response: "later" }] },
    ];
    const views = conversationOf(sampleSpan({ id: "a", input_messages: twice }));
    expect(views[2]?.parts[0]).toMatchObject({ response: { response: "later" } });
  });

  test("history that an earlier call of the same agent saw is counted as unchanged", () => {
    const answer = { role: "assistant", parts: [{ type: "text", content: "Soon." }] };
    const llm = (id: string, startMs: number, messages: unknown, output: unknown): SampleSpan => ({
      id,
      parent: "root",
      obs_type: "llm",
      startMs,
      input_messages: messages,
      output_messages: output,
    });
    const tree = sampleTree([
      { id: "root", endMs: 100 },
      llm("one", 1, input, [answer]),
      llm(
        "two",
        2,
        [...input, answer, { role: "user", parts: [{ type: "text", content: "And now?" }] }],
        [],
      ),
    ]);
    expect(repeatedOf(tree, 2)).toEqual({ count: 4, sinceCall: 1, sinceSpanId: "one" });
    expect(repeatedOf(tree, 1)).toBeUndefined();
  });
});

describe("JSON", () => {
  test("shows one level, lists long ones in pages, and pages of pages", () => {
    const rows = jsonRows(
      Array.from({ length: 25_000 }, (_, n) => n),
      new Set(),
    );
    expect(rows).toHaveLength(2 + 3);
    const opened = jsonRows(
      Array.from({ length: 25_000 }, (_, n) => n),
      new Set(["$[10000..20000]", "$[10100..10200]"]),
    );
    expect(opened.filter((row) => row.type === "leaf")).toHaveLength(100);
    expect(opened.find((row) => row.type === "leaf")).toMatchObject({
      path: "$[10100]",
      value: 10100,
    });
    expect(pagesOf(0, 1_000_000)).toHaveLength(100);
  });

  test("opens JSON inside strings and keeps the digits of large integers", () => {
    const rows = jsonRows({ payload: '{"id":12345678901234567890}' }, new Set());
    expect(rows[1]).toMatchObject({ type: "branch", inString: true });
    expect(rows[2]).toMatchObject({
      label: "id",
      value: "12345678901234567890",
      path: "$.payload.id",
    });
  });

  test("a value nested 50,000 levels deep neither overflows the rows nor the text", () => {
    let deep: Json = "bottom";
    const toggled = new Set<string>();
    for (let level = 0; level < 50_000; level++) deep = [deep];
    expect(jsonRows(deep, toggled).length).toBeLessThan(10);
    expect(jsonText(deep)).toContain('"bottom"');
    expect(jsonStart(deep, 20)).toBe("[".repeat(20));
  });

  test("text reads back as the same value", () => {
    const value = { a: [1, { b: null }, []], "c d": "x\ny", e: {}, f: -0.5, g: true };
    expect(JSON.parse(jsonText(value))).toEqual(value);
    expect(jsonStart({ a: 1, b: [true] })).toBe('{"a": 1,"b": [true]}');
  });
});

describe("hostile text", () => {
  test("shows signs that steer terminals and reading direction", () => {
    expect(plain("\u001b[31mred\u0000 \u202etxt.exe")).toBe("⟦ESC⟧[31mred⟦NUL⟧ ⟦U+202E⟧txt.exe");
    expect(plain("שלום\n\tعالم")).toBe("שלום\n\tعالم");
  });

  test("names no host for an address that a browser must not open", () => {
    expect(hostOf("javascript:alert(1)")).toBeUndefined();
    expect(hostOf("data:text/html,x")).toBeUndefined();
    expect(hostOf("https://user@evil.example/x")).toBe("evil.example");
  });
});

describe("previews", () => {
  const preview = (fields: Partial<SampleSpan>) =>
    previewOfSpan(sampleSpan({ id: "a", ...fields }));

  test("say the tool asked for, the answer, the documents, the error", () => {
    expect(
      preview({
        obs_type: "llm",
        output_messages: [
          {
            role: "assistant",
            parts: [{ type: "tool_call", name: "get_order", arguments: { id: "4821" } }],
          },
        ],
      }),
    ).toBe("→ get_order(4821)");
    expect(
      preview({
        obs_type: "llm",
        output_messages: [{ role: "assistant", parts: [{ type: "text", content: "Your\norder" }] }],
      }),
    ).toBe("Your order");
    expect(preview({ obs_type: "retrieval", documents: [{ score: 0.5 }, { score: 0.913 }] })).toBe(
      "2 documents · top 0.91",
    );
    expect(
      preview({ status: "error", error_type: "RateLimitError", status_message: "429 tokens" }),
    ).toBe("429 tokens");
    expect(preview({ obs_type: "tool", output: { status: "shipped" } })).toBe(
      '{"status": "shipped"}',
    );
  });
});

test("a model call goes by its model, other spans by their names", () => {
  const title = (fields: Partial<SampleSpan>) => titleOf(sampleSpan({ id: "a", ...fields }));
  const chat = { operation: "chat", request_model: "gpt-5-mini" };
  expect(title({ name: "chat gpt-5-mini", ...chat })).toBe("gpt-5-mini");
  expect(title({ name: "chat with the user", ...chat })).toBe("chat with the user");
  expect(title({ name: "", ...chat })).toBe("gpt-5-mini");
});

test("attributes are grouped, typed and filtered by name or value", () => {
  const span = sampleSpan({
    id: "a",
    attributes: {
      "gen_ai.request.model": "m",
      "http.status": 429,
      custom: "9007199254740993",
      data: { bytes: "AA==" },
    },
    resource: { "service.name": "shop" },
  });
  const groups = attributeGroups(span).map(({ title, attributes }) => [
    title,
    attributes.map(({ name, type }) => `${name} ${type}`),
  ]);
  expect(groups).toEqual([
    ["GenAI", ["gen_ai.request.model text"]],
    ["HTTP", ["http.status integer"]],
    ["Other", ["custom integer", "data bytes"]],
    ["Resource", ["service.name text"]],
  ]);
  expect(attributeGroups(span, "SHOP").map(({ title }) => title)).toEqual(["Resource"]);
});

test("events and logs of a span stand in time order", () => {
  const span = sampleSpan({
    id: "a",
    events: [{ name: "exception", time_unix_nanos: "30", attributes: {} }],
  });
  const log = (time: string, id: string, severity: string) => ({
    time_unix_nanos: time,
    span_id: id,
    severity,
    body: time,
    attributes: {},
  });
  const moments = momentsOf(span, [log("40", "a", "ERROR"), log("20", "a", "13")]);
  expect(moments.map(({ severity }) => severity)).toEqual(["WARN", "ERROR", "ERROR"]);
});

test("a log record shows its event name beside its body, and the list says what it holds", () => {
  const exception = { name: "exception", time_unix_nanos: "30", attributes: {} };
  const span = sampleSpan({ id: "a", events: [exception] });
  const log = { time_unix_nanos: "20", event_name: "user_prompt", body: "hello", attributes: {} };
  const both = momentsOf(span, [log]);
  expect(both.map(({ name, text }) => [name, text])).toEqual([
    ["user_prompt", "hello"],
    ["exception", ""],
  ]);
  expect(momentsTitle(both)).toBe("Events and logs");
  expect(momentsTitle(both.slice(0, 1))).toBe("Logs");
  expect(momentsTitle(both.slice(1))).toBe("Events");
});
