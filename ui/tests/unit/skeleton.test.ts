import { expect, test } from "vitest";
import { contentKnown, parseSkeleton } from "../../src/api/parse_skeleton";
import { waitOf } from "../../src/features/trace/bars";
import { modelOfSpans } from "../../src/features/trace/model";
import { previewOfSpan } from "../../src/features/trace/preview";
import { displayTree } from "../../src/features/trace/tree";

const START = "1790000000000000000";

/** Four spans: a root, a failed call, a span under one that never came, and one that runs. */
function skeleton(changed: object = {}): object {
  return {
    project: "default",
    trace: { trace_id: "07".repeat(16), name: "run", start_unix_nanos: START, span_count: 4 },
    span_count: 4,
    spans_left_out: 2,
    placeholders: [],
    start_unix_nanos: START,
    span_ids: ["a1", "b2", "c3", "d4"].map((id) => id.padStart(16, "0")).join(""),
    parents: [-1, 0, 4, 0],
    missing_parents: ["00000000000000ff"],
    effective_parents: [-1, 0, -1, 0],
    starts: [0, 5, 20, "9007199254740995"],
    durations: [1000, 10, 0, null],
    input_tokens: [null, 12, null, null],
    texts: {
      name: { values: ["run", "chat", "tool"], rows: [0, 1, 2, 2] },
      status: { values: ["unset", "error", "running"], rows: [0, 1, 0, 2] },
      status_message: { values: ["429"], rows: [-1, 0, -1, -1] },
      obs_type: { values: ["step", "llm"], rows: [0, 1, 0, 0] },
      service_name: { values: ["shop"] },
      output_preview: { values: ["done"], rows: [0, -1, -1, -1] },
    },
    ...changed,
  };
}

test("columns become spans, exact to the nanosecond", () => {
  const { spans, apart, leftOut } = parseSkeleton(skeleton());
  expect([apart, leftOut]).toEqual([true, 2]);
  expect(
    spans.map(({ start_unix_nanos, end_unix_nanos }) => [start_unix_nanos, end_unix_nanos]),
  ).toEqual([
    [START, "1790000000000001000"],
    ["1790000000000000005", "1790000000000000015"],
    ["1790000000000000025", "1790000000000000025"],
    ["1799007199254741020", undefined],
  ]);
  expect(
    spans.map(({ parent_span_id, effective_parent_id }) => [parent_span_id, effective_parent_id]),
  ).toEqual([
    [undefined, undefined],
    ["00000000000000a1", "00000000000000a1"],
    ["00000000000000ff", undefined],
    ["00000000000000a1", "00000000000000a1"],
  ]);
  expect(
    spans.map(({ name, status, service_name, usage }) => [name, status, service_name, usage]),
  ).toEqual([
    ["run", "unset", "shop", {}],
    ["chat", "error", "shop", { input_tokens: 12 }],
    ["tool", "unset", "shop", {}],
    ["tool", "running", "shop", {}],
  ]);
});

test("the tree of a skeleton is the tree of its spans, with a place for the parent that never came", () => {
  const { spans } = parseSkeleton(skeleton());
  const tree = displayTree(modelOfSpans(spans), {
    noiseShown: false,
    gapsOpened: new Set(),
    selectedId: undefined,
  });
  expect([tree.nodeCount, [...tree.missingIds], [...tree.childrenOf(0)]]).toEqual([
    5,
    ["00000000000000ff"],
    [1, 3],
  ]);
});

test("a row without contents shows its preview and claims nothing about what was not read", () => {
  const { spans } = parseSkeleton(skeleton());
  expect(spans.slice(0, 2).map(previewOfSpan)).toEqual(["done", "429"]);
  expect(spans.every((span) => !contentKnown(span))).toBe(true);
  // Without content nobody knows whether the failed call had answered before it failed.
  expect(waitOf(modelOfSpans(spans), 1)).toBeUndefined();
});

test("columns of other lengths are refused by name", () => {
  expect(() => parseSkeleton(skeleton({ parents: [-1, 0, 0] }))).toThrow("parents");
  expect(() => parseSkeleton(skeleton({ span_ids: "00" }))).toThrow("span_ids");
});
