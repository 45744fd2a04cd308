import { describe, expect, test } from "vitest";
import { barBox, barsPath, labelPlace, waitOf } from "./bars";
import { cellCost, costColumnPixels } from "./cell_cost";
import { modelOfSpans } from "./model";
import { visibleRows } from "./rows";
import { type SampleSpan, sampleSpan, sampleTree } from "./sample";
import { timeByKind } from "./spent";
import { spokenDuration, spokenRow } from "./spoken";
import { rowWindow } from "./useWindow";
import { flip, searchOfView, viewFromSearch } from "./view_state";

const MS = 1e6;
const scale = { from: 0, to: 1000 * MS, width: 500 };
const model = (spans: readonly SampleSpan[]) => modelOfSpans(spans.map(sampleSpan));

describe("bars", () => {
  test("are never too thin to see, and absent outside the window", () => {
    expect(barBox(scale, 0, 0)).toEqual({ x: 0, width: 3 });
    expect(barBox(scale, 1000 * MS, 1000 * MS)).toEqual({ x: 497, width: 3 });
    expect(barBox({ ...scale, from: 500 * MS }, 0, 100 * MS)).toBeUndefined();
    expect(barBox({ ...scale, from: 500 * MS }, 400 * MS, 600 * MS)).toEqual({ x: 0, width: 100 });
  });

  test("put their label inside when they hold others, else where there is room", () => {
    expect(labelPlace({ x: 0, width: 400 }, 500, true, "47.5 s").side).toBe("inside");
    expect(labelPlace({ x: 0, width: 400 }, 500, false, "47.5 s").side).toBe("right");
    expect(labelPlace({ x: 10, width: 480 }, 500, false, "47.5 s").side).toBe("over");
    expect(labelPlace({ x: 450, width: 40 }, 500, false, "47.5 s")).toEqual({
      side: "left",
      x: 445,
    });
  });

  test("show the wait for the first token, and only a wait when there was none", () => {
    const wait = (fields: Partial<SampleSpan>) =>
      waitOf(model([{ id: "a", endMs: 10, obs_type: "llm", ...fields }]), 0);
    expect(wait({ ttft_nanos: String(4 * MS) })).toBe(4 * MS);
    expect(wait({ ttft_nanos: String(99 * MS) })).toBe(10 * MS);
    expect(wait({})).toBeUndefined();
    expect(wait({ status: "error" })).toBe(10 * MS);
    expect(wait({ status: "error", output: "part of it" })).toBeUndefined();
    expect(wait({ obs_type: "tool", ttft_nanos: "1" })).toBeUndefined();
  });

  test("of ten thousand spans are no more boxes than pixels", () => {
    const spans = Array.from({ length: 10_000 }, (_, n) => ({
      id: `s${n}`,
      startMs: n / 10,
      endMs: n / 10 + 0.05,
    }));
    const path = barsPath(model(spans), scale, [...spans.keys()], 14);
    expect(path.split("z").length).toBeLessThan(260);
  });
});

test("the cost column is as wide as its longest cost, and says no needless zeros", () => {
  const costs = (usd: string) =>
    sampleTree([
      { id: "a", obs_type: "llm", billing: "leaf", cost_usd: usd, cost_status: "priced" },
    ]);
  expect(cellCost({ usd: "0.034000000000", status: "priced" })).toBe("$0.034");
  expect(cellCost({ usd: "0.500000000000", status: "priced" })).toBe("$0.50");
  expect(cellCost({ usd: "0", status: "none" })).toBe("");
  expect(costColumnPixels(costs("0.0000753"))).toBeGreaterThanOrEqual("$0.0000753".length * 7);
  expect(costColumnPixels(costs("1.20"))).toBe(54);
});

test("time counts for the most telling kind at work, and containers do not count", () => {
  const spent = timeByKind(
    model([
      { id: "agent", obs_type: "agent", endMs: 100 },
      { id: "tool", obs_type: "tool", startMs: 10, endMs: 60 },
      { id: "llm", obs_type: "llm", startMs: 20, endMs: 50 },
      { id: "llm2", obs_type: "llm", startMs: 40, endMs: 70 },
    ]),
  );
  expect(spent).toEqual([
    { kind: "llm", nanos: 50 * MS },
    { kind: "tool", nanos: 10 * MS },
  ]);
});

test("the window holds what is in sight and a few rows around", () => {
  expect(rowWindow(0, 260, 26, 100_000)).toEqual({ from: 0, to: 16 });
  expect(rowWindow(26_000, 260, 26, 100_000)).toEqual({ from: 994, to: 1016 });
  expect(rowWindow(99_999, 260, 26, 5)).toEqual({ from: 5, to: 5 });
});

test("rows are spoken with what they are, how long, and what failed", () => {
  const calls = Array.from(
    { length: 24 },
    (_, n): SampleSpan => ({
      id: `c${n}`,
      name: "carrier_status",
      obs_type: "tool",
      startMs: n * 15_000,
      endMs: n * 15_000 + 17_000,
      status: n % 12 === 3 ? "error" : "ok",
    }),
  );
  const tree = sampleTree(calls);
  const [row] = visibleRows(tree, new Set());
  expect(row && spokenRow(tree, row)).toBe(
    "carrier_status, tool, 24 calls, 6 minutes 2 seconds, 2 errors",
  );
  expect(spokenDuration(412 * MS)).toBe("412 milliseconds");
});

test("a span made from a log record and one billed elsewhere are spoken as such", () => {
  const tree = sampleTree([
    { id: "a", origin: "log" },
    { id: "b", startMs: 2, endMs: 3, billed_in: "0".repeat(32) },
  ]);
  expect(visibleRows(tree, new Set()).map((row) => spokenRow(tree, row))).toEqual([
    "a, step, 1 millisecond, made from a log record",
    "b, step, 1 millisecond, billed in another trace",
  ]);
});

test("the view reads back from the address it was written to", () => {
  const horizon = 1000 * MS;
  const view = {
    span: "9a1c000000000001",
    row: undefined,
    noiseShown: true,
    toggled: new Set(["9a1c000000000002", "r9a1c000000000003", "g9a1c000000000004"]),
    zoom: { from: 100 * MS, to: 200 * MS },
    tab: "raw",
    find: "order",
  };
  expect(viewFromSearch(searchOfView(view, horizon), horizon)).toEqual(view);
  expect(
    searchOfView(
      { ...view, toggled: new Set(Array.from({ length: 51 }, (_, n) => `k${n}`)) },
      horizon,
    ).fold,
  ).toBeUndefined();
  expect(flip(new Set(["a", "b"]), ["b", "c"])).toEqual(new Set(["a", "c"]));
});
