import { expect, test } from "vitest";
import { parseDifference } from "../../src/api/parse_difference";
import { groupsOf, narrowed, sideText } from "../../src/features/traces/why";

const SIDE = { q: "status:error", total: { count: 79, exact: true }, traces: 79, sampled: false };
const field = (name: string, rest: object) => ({
  field: name,
  about: "",
  kind: "category",
  given: false,
  asked: false,
  significant: true,
  effect: 0.5,
  a: { known: 1, of: 2 },
  b: { known: 1, of: 2 },
  values: [],
  ...rest,
});

const ANSWER = parseDifference({
  a: SIDE,
  b: { q: "", total: { count: 24_210, exact: false }, traces: 1000, sampled: true },
  fields: [
    field("release", {
      given: true,
      values: [
        { value: "2026.11.2", a_share: 0.68, b_share: 0.25, query: "release:2026.11.2" },
        { a_share: 0, b_share: 0.1, query: "not has:release" },
        { value: true, a_share: 0, b_share: 0.1, query: "x:true" },
        { value: "fourth", a_share: 0, b_share: 0.1, query: "release:fourth" },
      ],
    }),
    field("duration", {
      unit: "nanos",
      a: { median: "9856000000" },
      values: [
        { at_least: "7156000000", a_share: 0.99, b_share: 0.04, query: "duration >= 7.156s" },
      ],
    }),
    field("cost", {
      unit: "usd",
      values: [{ below: "0.0215", a_share: 0.1, b_share: 0.9, query: "cost < $0.0215" }],
    }),
    field("status", { asked: true }),
    field("env", { given: true, significant: false }),
  ],
});

test("fields stand in two groups, without what was asked for and what may be chance", () => {
  const [given, happened] = groupsOf(ANSWER, "UTC");
  expect(given?.fields.map((found) => found.name)).toEqual(["release"]);
  expect(happened?.fields.map((found) => found.name)).toEqual(["duration", "cost"]);
});

test("values are told with their unit, and what is absent as such", () => {
  const [given, happened] = groupsOf(ANSWER, "UTC");
  expect(given?.fields[0]?.values.map((value) => value.label)).toEqual([
    "2026.11.2",
    "(none)",
    "true",
  ]);
  expect(happened?.fields[0]?.values[0]?.label).toBe("≥ 7.2 s");
  expect(happened?.fields[0]?.note).toBe("median 9.9 s against —");
  expect(happened?.fields[1]?.values[0]?.label).toBe("< $0.0215");
});

test("a side says how many traces it has and how many were looked at", () => {
  expect(sideText(ANSWER.a)).toBe("79 traces");
  expect(sideText(ANSWER.b)).toBe("≈ 24.2k traces, 1,000 looked at");
});

test("a click narrows the filter as it is meant", () => {
  expect(narrowed(undefined, "release:2")).toBe("release:2");
  expect(narrowed("status:error", "release:2")).toBe("status:error release:2");
  expect(narrowed("a:1 or b:2", "release:2")).toBe("(a:1 or b:2) release:2");
});
