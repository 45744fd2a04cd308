import { expect, test } from "vitest";
import type { SqlAnswer } from "../../api/parse_sql";
import { cellOf, plainText, targetOf, wholeText } from "./cells";
import { columnsInView, gridColumns, widthOf } from "./columns";

const TRACE = "9a1c4e0f5b2d47c8a3e6f0b1d2c37f02";
const SPAN = "00f067aa0ba902b7";

const cell = (value: Parameters<typeof cellOf>[0], type: string, name = "c") =>
  cellOf(value, { name, type }, "Europe/Berlin", false);

test("an unknown value is neither zero nor an empty text", () => {
  expect(cell(null, "BIGINT")).toMatchObject({ text: "—", look: "unknown" });
  expect(cell(0, "BIGINT")).toMatchObject({ text: "0", look: "plain" });
  expect(cell("", "TEXT")).toMatchObject({ text: "empty", look: "empty" });
  expect(cell("empty", "TEXT").look).toBe("plain");
  expect(cell("—", "TEXT").look).toBe("plain");
});

test("numbers keep every digit somewhere, and nanoseconds say what they come to", () => {
  expect(cell("1795239263519185133", "BIGINT").text).toBe("1,795,239,263,519,185,133");
  expect(cell("0.0102954239130", "DECIMAL(23,13)")).toMatchObject({
    text: "0.0102954",
    title: "0.0102954239130",
  });
  expect(cell(3904000000, "BIGINT", "duration_nanos").title).toBe("3904000000\n3.9 s");
});

test("times stand in the zone of the viewer", () => {
  const title = cell("2026-11-21T13:31:08.104233100Z", "TIMESTAMP").title;
  expect(cell("2026-11-21T13:31:08.104233100Z", "TIMESTAMP").text).toMatch(/21 Nov.* 14:31:08$/);
  expect(title).toContain("2026-11-21T13:31:08.104233100Z");
});

test("lists and long texts stand on one line, whole where they are opened", () => {
  expect(cell(["stop", "length"], "TEXT[]").text).toBe('["stop","length"]');
  const long = `one\n\n${"word ".repeat(200)}`;
  expect(cell(long, "TEXT").text.length).toBeLessThanOrEqual(300);
  expect(cell(long, "TEXT").text).toMatch(/^one word word/);
  expect(wholeText(long)).toBe(long);
  expect(wholeText('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(plainText('{"a":[1]}')).toBe('{"a":[1]}');
});

test("ids lead to the trace, and to the span where the row names its trace", () => {
  const row = { trace_id: TRACE, span_id: SPAN, parent_span_id: null, note: TRACE };
  expect(targetOf(row, { name: "trace_id", type: "TEXT" })).toEqual({ traceId: TRACE });
  expect(targetOf(row, { name: "span_id", type: "TEXT" })).toEqual({
    traceId: TRACE,
    spanId: SPAN,
  });
  expect(targetOf(row, { name: "parent_span_id", type: "TEXT" })).toBeUndefined();
  expect(targetOf(row, { name: "note", type: "TEXT" })).toBeUndefined();
  expect(targetOf({ span_id: SPAN }, { name: "span_id", type: "TEXT" })).toBeUndefined();
  const joined = { trace_id: "f".repeat(32), last_trace_id: TRACE, last_span_id: SPAN };
  expect(targetOf(joined, { name: "last_span_id", type: "TEXT" })?.traceId).toBe(TRACE);
});

const WIDE: SqlAnswer = {
  columns: Array.from({ length: 70 }, (_, i) => ({ name: `column_${i}`, type: "TEXT" })),
  rows: [{ column_0: "x".repeat(1000) }],
  cut: false,
  cost: { rows: 1, bytes: 1, nanos: "1" },
};

test("of many columns those in sight are drawn", () => {
  const columns = gridColumns(WIDE, "UTC");
  const whole = widthOf(columns);
  for (let left = 0; left < whole; left += 333) {
    const { first, end } = columnsInView(columns, { left, width: 1000 });
    const [a, z] = [columns[first], columns[end - 1]];
    expect(a && a.left <= left && left < a.left + a.width).toBe(true);
    expect(z && z.left < left + 1000).toBe(true);
    expect(end - first).toBeLessThan(20);
  }
});

test("times of a column have fractions when one of them needs it", () => {
  const at = (fraction: string) => ({ time: `2026-11-21T13:00:00.${fraction}Z` });
  const answer = { ...WIDE, columns: [{ name: "time", type: "TIMESTAMP" }] };
  const millis = (...fractions: string[]) =>
    gridColumns({ ...answer, rows: fractions.map(at) }, "UTC")[0]?.millis;
  expect(millis("000000000", "000000000")).toBe(false);
  expect(millis("000000000", "104233100")).toBe(true);
});
