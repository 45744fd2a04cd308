import { describe, expect, test } from "vitest";
import { openingSpan } from "./opening";
import { keysAbove, visibleRows } from "./rows";
import { drawn, type SampleSpan, sampleTree } from "./sample";
import { costOfNode } from "./tree";

const PLUMBED: SampleSpan[] = [
  { id: "root", endMs: 100, obs_type: "agent" },
  { id: "wrap", parent: "root", startMs: 5, endMs: 60, visibility: "internal" },
  {
    id: "chat",
    parent: "wrap",
    effective_parent_id: "root",
    startMs: 10,
    endMs: 50,
    obs_type: "llm",
    billing: "leaf",
    usage: { input_tokens: 100, output_tokens: 20 },
    cost_usd: "0.0031",
    cost_status: "priced",
  },
  {
    id: "post",
    parent: "chat",
    effective_parent_id: "chat",
    startMs: 11,
    endMs: 49,
    visibility: "infra",
    obs_type: "http",
  },
  { id: "select", parent: "root", startMs: 70, endMs: 71, visibility: "infra", obs_type: "db" },
  {
    id: "hidden-cost",
    parent: "root",
    startMs: 72,
    endMs: 73,
    visibility: "internal",
    billing: "leaf",
    usage: { input_tokens: 7 },
    cost_status: "no_price",
  },
  { id: "answer", parent: "root", startMs: 80, endMs: 90 },
];

describe("plumbing", () => {
  test("is hidden and each gap is marked in its place", () => {
    expect(drawn(PLUMBED)).toEqual([
      "v root",
      "  > 1 hidden",
      "    chat (1 hidden)",
      "  > 2 hidden",
      "    answer",
    ]);
  });

  test("shows where it was sent when noise is on", () => {
    expect(drawn(PLUMBED, { noiseShown: true })).toEqual([
      "v root",
      "  v wrap",
      "    v chat",
      "        post",
      "    select",
      "    hidden-cost",
      "    answer",
    ]);
  });

  test("opens one gap alone", () => {
    expect(drawn(PLUMBED, { toggled: ["gselect"] })).toEqual([
      "v root",
      "  > 1 hidden",
      "    chat (1 hidden)",
      "  v 2 hidden",
      "    select",
      "    hidden-cost",
      "    answer",
    ]);
  });

  test("takes its children under it when its gap is opened", () => {
    expect(drawn(PLUMBED, { toggled: ["gwrap"] }).slice(0, 4)).toEqual([
      "v root",
      "  v 1 hidden",
      "  v wrap",
      "      chat (1 hidden)",
    ]);
  });

  test("is never hidden when it failed or is selected", () => {
    const failed = PLUMBED.map((span) =>
      span.id === "wrap" ? { ...span, status: "error" } : span,
    );
    expect(drawn(failed)).toContain("  v wrap");
    expect(drawn(failed)).toContain("      chat (1 hidden)");
    expect(drawn(PLUMBED, { selected: "post" })).toContain("      post");
  });

  test("never changes the totals", () => {
    for (const noiseShown of [true, false]) {
      const tree = sampleTree(PLUMBED, { noiseShown });
      expect(tree.sums.spans[0]).toBe(7);
      expect(tree.sums.tokens[0]).toBe(127);
      expect(costOfNode(tree, 0)).toEqual({ usd: "0.003100000000", status: "partial" });
    }
  });
});

describe("links between spans", () => {
  test("what a pending span announces stands in its place under its name", () => {
    const spans: SampleSpan[] = [
      { id: "root", endMs: 100 },
      { id: "a2", parent: "s2", startMs: 10, endMs: 10, visibility: "partial", obs_type: "llm" },
      { id: "tool", parent: "s2", startMs: 20, endMs: 30 },
      { id: "a3", parent: "s3", startMs: 40, endMs: 40, visibility: "partial" },
    ];
    const placeholders = [
      { span_id: "s2", parent_id: "root", name: "chat" },
      { span_id: "s3", parent_id: "s2", name: "inner" },
    ];
    expect(drawn(spans, { placeholders })).toEqual([
      "v root",
      "  v missing chat",
      "      missing inner",
      "      tool",
    ]);
  });

  test("placeholders that only stand above others have a row, and circles of them end", () => {
    const spans: SampleSpan[] = [{ id: "tool", parent: "s1" }];
    const placeholders = [
      { span_id: "s1", parent_id: "s2" },
      { span_id: "s2", parent_id: "s1" },
    ];
    expect(drawn(spans, { placeholders }).length).toBe(3);
    const above = [{ span_id: "s1", parent_id: "s2" }, { span_id: "s2" }];
    expect(drawn(spans, { placeholders: above })).toEqual([
      "v missing s2",
      "  v missing s1",
      "      tool",
    ]);
  });

  test("a parent never received is a placeholder with its id", () => {
    expect(
      drawn([
        { id: "a", parent: "gone", startMs: 1 },
        { id: "b", parent: "gone", startMs: 2 },
        { id: "c" },
      ]),
    ).toEqual(["  c", "v missing gone", "    a", "    b"]);
  });

  test("a missing parent shows through plumbing under it", () => {
    expect(
      drawn([
        { id: "plumb", parent: "gone", visibility: "infra" },
        { id: "a", parent: "plumb", startMs: 1 },
      ]),
    ).toEqual(["v missing gone", "  > 1 hidden", "    a"]);
  });

  test("a repaired link leaves nothing missing", () => {
    expect(
      drawn([{ id: "root" }, { id: "a", parent: "gone", effective_parent_id: "root" }]),
    ).toEqual(["v root", "    a"]);
  });

  test("a cycle is cut at the span that started first", () => {
    expect(
      drawn([
        { id: "a", parent: "c", startMs: 2 },
        { id: "b", parent: "a", startMs: 3 },
        { id: "c", parent: "b", startMs: 1 },
        { id: "self", parent: "self", startMs: 9 },
      ]),
    ).toEqual(["v c", "  v a", "      b", "  self"]);
  });

  test("a cycle of hidden spans does not hang", () => {
    const rows = drawn([
      { id: "a", parent: "b", visibility: "infra" },
      { id: "b", parent: "a", visibility: "infra" },
      { id: "c", parent: "a", effective_parent_id: "c", startMs: 1 },
    ]);
    expect(rows).toContain("  c");
  });

  test("a chain of 100,000 spans is walked without recursion", () => {
    const spans = Array.from(
      { length: 100_000 },
      (_, n): SampleSpan => ({
        id: `s${n}`,
        ...(n > 0 ? { parent: `s${n - 1}` } : {}),
        ...(n === 99_999 ? { status: "error" } : {}),
        visibility: n > 0 && n % 3 === 0 ? "infra" : "app",
      }),
    );
    const tree = sampleTree(spans);
    expect(tree.sums.spans[0]).toBe(100_000);
    expect(openingSpan(tree, undefined, "s0")).toBe("s99999");
    // Every branch holds the failing span, so all stay open.
    expect(visibleRows(tree, new Set()).length).toBeGreaterThan(66_000);
  }, 30_000);
});

describe("folds", () => {
  const calls = (count: number, more: Partial<SampleSpan> = {}) =>
    Array.from(
      { length: count },
      (_, n): SampleSpan => ({
        id: `call${n}`,
        parent: "root",
        name: "carrier_status",
        obs_type: "tool",
        startMs: n + 1,
        endMs: n + 2,
        ...more,
      }),
    );

  test("eight siblings of one name and kind fold into one row", () => {
    expect(drawn([{ id: "root" }, ...calls(8)])).toEqual(["v root", "  > carrier_status × 8"]);
    expect(drawn([{ id: "root" }, ...calls(7)])).toHaveLength(8);
  });

  test("an opened fold lists its members under it", () => {
    const rows = drawn([{ id: "root" }, ...calls(8)], { toggled: ["rcall0"] });
    expect(rows.slice(0, 3)).toEqual(["v root", "  v carrier_status × 8", "      carrier_status"]);
    expect(rows).toHaveLength(10);
  });

  test("a span of the same name and another kind stays out", () => {
    const rows = drawn([
      { id: "root" },
      ...calls(8),
      { id: "x", parent: "root", name: "carrier_status", obs_type: "llm", startMs: 50 },
    ]);
    expect(rows).toEqual(["v root", "  > carrier_status × 8", "    carrier_status"]);
  });

  test("a large trace opens with error-free branches folded beyond the third level", () => {
    const chain = (name: string, status: string): SampleSpan[] =>
      [0, 1, 2, 3, 4].map((level) => ({
        id: `${name}${level}`,
        ...(level > 0 ? { parent: `${name}${level - 1}` } : { parent: "root" }),
        status: level === 4 ? status : "ok",
      }));
    const filler = Array.from(
      { length: 220 },
      (_, n): SampleSpan => ({ id: `f${n}`, parent: "root", name: "f" }),
    );
    const rows = drawn([
      { id: "root" },
      ...chain("good", "ok"),
      ...chain("bad", "error"),
      ...filler,
    ]);
    expect(rows).toContain("      > good2");
    expect(rows.some((row) => row.includes("good3"))).toBe(false);
    expect(rows).toContain(`${" ".repeat(12)}bad4`);
  });

  test("what hides a span is named, so that it can be opened", () => {
    const spans = [{ id: "root" }, ...calls(8)];
    const tree = sampleTree(spans);
    expect(keysAbove(tree, 5, new Set())).toEqual(["rcall0"]);
    expect(keysAbove(tree, 5, new Set(["root"]))).toEqual(["rcall0", "root"]);
    expect(keysAbove(tree, 5, new Set(["rcall0"]))).toEqual([]);
  });
});

describe("opening", () => {
  test("selects the span asked for, else the deepest and latest failure, else the root", () => {
    const spans: SampleSpan[] = [
      { id: "root", status: "error", endMs: 99 },
      { id: "a", parent: "root", startMs: 1, status: "error" },
      { id: "b", parent: "root", startMs: 5, status: "error" },
      { id: "c", parent: "root", startMs: 9 },
    ];
    expect(openingSpan(sampleTree(spans), "c", "root")).toBe("c");
    expect(openingSpan(sampleTree(spans), "nobody", "root")).toBe("b");
    expect(openingSpan(sampleTree([{ id: "root" }, { id: "x" }]), undefined, "x")).toBe("x");
  });
});
