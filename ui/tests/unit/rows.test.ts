import { expect, test } from "vitest";
import { parseTraceSummary } from "../../src/api/parse";
import type { TraceSummary } from "../../src/api/types";
import { pillText, QUIET, takeNewest, takeOne } from "../../src/features/traces/live";
import { barOf, barScale, rowOf, spokenRow, tracesOf } from "../../src/features/traces/rows";

const S = 1_000_000_000n;

function trace(id: number, more: Record<string, unknown> = {}): TraceSummary {
  return parseTraceSummary({
    trace_id: id.toString(16).padStart(32, "0"),
    name: "handle_ticket",
    start_unix_nanos: String(1_763_706_668n * S + BigInt(id) * S),
    duration_nanos: String(2n * S),
    status: "ok",
    usage: {},
    cost_status: "none",
    ...more,
  });
}

test("what is unknown is never a zero", () => {
  const row = rowOf(trace(1, { duration_nanos: null, cost_usd: null }), S);
  expect([row.duration, row.ttft, row.tokens, row.cost, row.output]).toEqual([
    "—",
    "—",
    "—",
    "—",
    "—",
  ]);
});

test("a missing price says so and names the model", () => {
  const row = rowOf(trace(1, { cost_status: "no_price", models: ["my-model"] }), S);
  expect(row.cost).toBe("no price");
  expect(row.costUnknown).toBe(true);
  expect(row.costTitle).toContain("my-model");
});

test("a partial cost is a lower bound", () => {
  expect(rowOf(trace(1, { cost_status: "partial", cost_usd: "0.171" }), S).cost).toBe("≥ $0.171");
});

test("zero tokens are shown, because zero is a value", () => {
  expect(rowOf(trace(1, { usage: { input_tokens: 0, output_tokens: 0 } }), S).tokens).toBe("0");
});

test("tokens are input and output, their parts not counted again", () => {
  const usage = { input_tokens: 9000, cache_read_tokens: 8000, output_tokens: 800 };
  expect(rowOf(trace(1, { usage }), S).tokens).toBe("9.8k");
});

test("a failed trace shows its error instead of its output", () => {
  const row = rowOf(
    trace(1, { status: "error", error_type: "RateLimitError", error_message: "429\ntokens" }),
    S,
  );
  expect(row.output).toBe("RateLimitError: 429 tokens");
  expect(row.outputFailed).toBe(true);
});

test("a running trace waits for its output", () => {
  expect(rowOf(trace(1, { status: "running" }), S).output).toBe("…");
  const seen = { status: "running", last_seen_unix_nanos: "1763722800000000000" } as const;
  const early = { ...seen, start_unix_nanos: "1763722787000000000", duration_nanos: null };
  expect(rowOf(trace(1, early), S).duration).toBe("≥ 13.0 s");
  const now = 1_763_722_800_000_000_000n + 190_000_000_000n;
  expect(rowOf(trace(1, seen), S, now).output).toBe("Last sign of life 3 min ago");
});

test("one long run does not flatten the others, and its bar is cut", () => {
  const page = Array.from({ length: 40 }, (_, i) => trace(i));
  const scale = barScale([...page, trace(99, { duration_nanos: String(500n * S) })]);
  expect(scale).toBe(2n * S);
  expect(barOf(2n * S, scale)).toEqual({ share: 1, cut: false });
  expect(barOf(S, scale)).toEqual({ share: 0.5, cut: false });
  expect(barOf(500n * S, scale)).toEqual({ share: 1, cut: true });
  expect(barOf(undefined, scale)).toEqual({ share: 0, cut: false });
});

test("a page without durations has a scale all the same", () => {
  expect(barScale([])).toBeGreaterThan(0n);
});

test("a trace on two pages stands once, with its newest knowledge", () => {
  const pages = [{ traces: [trace(2), trace(1)] }, { traces: [trace(1), trace(0)] }];
  const updated = takeOne(QUIET, trace(1, { name: "renamed" }));
  const names = tracesOf(pages, updated.updates).map(({ name }) => name);
  expect(names).toEqual(["handle_ticket", "renamed", "handle_ticket"]);
});

test("new traces wait for the pill, known ones are updated in place", () => {
  const listed = new Set([trace(1), trace(2)].map((one) => one.trace_id));
  const state = takeNewest(QUIET, [trace(4), trace(3), trace(2, { status: "error" })], listed);
  expect(pillText(state)).toBe("2 new");
  expect(state.onTop).toBe(true);
  expect(state.updates.get(trace(2).trace_id)?.status).toBe("error");
});

test("a trace that arrives late is not put on top", () => {
  const listed = new Set([trace(5), trace(1)].map((one) => one.trace_id));
  const state = takeNewest(QUIET, [trace(5), trace(3), trace(1)], listed);
  expect(pillText(state)).toBe("1 new");
  expect(state.onTop).toBe(false);
});

test("when a whole page is new, there may be more", () => {
  const state = takeNewest(QUIET, [trace(9), trace(8)], new Set([trace(1).trace_id]));
  expect(pillText(state)).toBe("2+ new");
});

test("in another order only what started since counts as new", () => {
  const listed = new Set([trace(1).trace_id]);
  const since = 1_763_706_668n * S + 5n * S;
  expect(pillText(takeNewest(QUIET, [trace(7), trace(3), trace(1)], listed, since))).toBe("1 new");
});

test("nothing new, no pill", () => {
  expect(pillText(takeNewest(QUIET, [trace(1)], new Set([trace(1).trace_id])))).toBeUndefined();
});

test("a row is spoken as a sentence", () => {
  const row = rowOf(trace(1, { status: "error", usage: { input_tokens: 1200 } }), S);
  expect(spokenRow(row, "UTC")).toMatch(/handle_ticket, error, 2\.0 s, 1\.2k tokens$/);
});
