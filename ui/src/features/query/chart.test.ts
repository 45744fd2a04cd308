import { expect, test } from "vitest";
import type { SqlAnswer } from "../../api/parse_sql";
import type { JsonObject } from "../../base/json";
import { chartOf, formatMeasure } from "./chart";
import { linePath, placesOf } from "./plot";

function answer(
  types: Record<string, string>,
  rows: readonly JsonObject[],
  cut = false,
): SqlAnswer {
  const columns = Object.entries(types).map(([name, type]) => ({ name, type }));
  return { columns, rows, cut, cost: { rows: 1, bytes: 1, nanos: "1" } };
}

const HOURS = { hour: "TIMESTAMP", traces: "BIGINT", cost_usd: "DECIMAL(29,9)" };
const hour = (at: number, traces: number | null, cost: string | null = null) => ({
  hour: `2026-11-21T${String(at).padStart(2, "0")}:00:00.000000000Z`,
  traces,
  cost_usd: cost,
});

test("hours become bars in order of time, at the distance they have", () => {
  const chart = chartOf(answer(HOURS, [hour(9, 3, "0.5"), hour(2, 7), hour(4, null)]));
  expect(chart).toMatchObject({ measures: ["traces", "cost_usd"], measure: "traces" });
  if (chart?.drawn.kind !== "time") throw new Error("no series");
  expect(chart.drawn.points.map(({ value }) => value)).toEqual([7, undefined, 3]);
  // Five hours are no multiple of two: bars of one width would not touch their neighbours evenly.
  expect(chart.drawn.step).toBeUndefined();
  const even = chartOf(answer(HOURS, [hour(2, 7), hour(4, null), hour(8, 3)]));
  expect(even?.drawn.kind === "time" && even.drawn.step).toBe(7_200_000_000_000n);
});

test("another column is drawn where one is chosen", () => {
  const rows = [hour(1, 1, "0.25"), hour(2, 2, null)];
  const chart = chartOf(answer(HOURS, rows), "cost_usd");
  if (chart?.drawn.kind !== "time") throw new Error("no series");
  expect(chart.drawn.points.map(({ value }) => value)).toEqual([0.25, undefined]);
});

test("names become bars; an unknown value has none", () => {
  const chart = chartOf(
    answer({ model: "TEXT", cost_usd: "DECIMAL(29,9)" }, [
      { model: "gpt-5", cost_usd: "41.3" },
      { model: null, cost_usd: null },
    ]),
  );
  expect(chart?.drawn).toEqual({
    kind: "bars",
    bars: [
      { name: "gpt-5", value: 41.3 },
      { name: "unknown", value: undefined },
    ],
  });
});

test("what would not be true is not drawn", () => {
  const twice = [hour(1, 1), hour(1, 2)];
  const names = { name: "TEXT", n: "BIGINT" };
  const a = { name: "a", n: 1 };
  const ids = { trace_id: "TEXT", n: "BIGINT" };
  const none = [
    answer(HOURS, twice),
    answer(HOURS, [hour(1, 1), { ...hour(2, 2), hour: null }]),
    answer(HOURS, [hour(1, 1)]),
    answer(HOURS, [hour(1, null), hour(2, null)]),
    answer(HOURS, [hour(1, 1), hour(2, 2)], true),
    answer(names, [a, a]),
    answer(
      names,
      Array.from({ length: 51 }, (_, i) => ({ name: `${i}`, n: i })),
    ),
    answer({ name: "TEXT", note: "TEXT" }, [a, { name: "b" }]),
    answer({ name: "TEXT", start_unix_nanos: "BIGINT" }, [
      { name: "a", start_unix_nanos: 1 },
      { name: "b", start_unix_nanos: 2 },
    ]),
    answer(ids, [
      { trace_id: "a", n: 1 },
      { trace_id: "b", n: 2 },
    ]),
  ];
  expect(none.map((one) => chartOf(one))).toEqual(none.map(() => undefined));
});

test("a line breaks at what is unknown, and a point alone is a dot", () => {
  const points = [1, 2, undefined, 3].map((value, i) => ({ at: BigInt(i * 10), value }));
  const { placed, zero } = placesOf({ kind: "time", points }, { low: 0, high: 4 });
  expect(zero).toBe(100);
  expect(linePath(placed)).toBe("M0 75h0L333.33 50M1000 25h0");
});

test("values below zero hang from it", () => {
  const points = [
    { at: 0n, value: -1 },
    { at: 10n, value: 3 },
  ];
  const { placed, zero } = placesOf({ kind: "time", points, step: 10n }, { low: -1, high: 3 });
  expect(zero).toBe(75);
  expect(placed.map(({ x, y, wide }) => [x, y, wide])).toEqual([
    [0, 100, 500],
    [500, 0, 500],
  ]);
});

test("durations are written as such", () => {
  expect(formatMeasure("duration_nanos", 3.9e9)).toBe("3.9 s");
  expect(formatMeasure("calls", 4244)).toBe("4,244");
});
