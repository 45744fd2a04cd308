import { expect, test } from "vitest";
import { findSpans, matchBeside } from "./find";
import { sampleTree } from "./sample";

const { model } = sampleTree([
  { id: "a", startMs: 0, name: "handle_ticket", obs_type: "agent" },
  { id: "c", startMs: 8, name: "get_order", output: "Order 4821 has shipped" },
  { id: "b", startMs: 4, name: "chat gpt-5-mini", request_model: "gpt-5-mini" },
  { id: "d", startMs: 9, name: "get_order", status: "error", status_message: "no such ORDER" },
]);
const idsOf = (text: string) => findSpans(model, text).map((index) => model.spans[index]?.span_id);

test("names, previews, models, errors and ids are looked at, in any case and in order of start", () => {
  expect(idsOf("ORDER")).toEqual(["c", "d"]);
  expect(idsOf("4821 has")).toEqual(["c"]);
  expect(idsOf("gpt-5")).toEqual(["b"]);
  expect(idsOf(" no such ")).toEqual(["d"]);
  expect(idsOf("x")).toEqual([]);
  expect(idsOf("nothing like it")).toEqual([]);
});

test("matches are walked in order of start, round both ends, from any span", () => {
  const matches = findSpans(model, "order");
  const idOf = (index: number | undefined) => model.spans[index ?? -1]?.span_id;
  const from = (id: string) => model.indexOfId.get(id);
  expect(idOf(matchBeside(model, matches, undefined, 1))).toBe("c");
  expect(idOf(matchBeside(model, matches, from("b"), 1))).toBe("c");
  expect(idOf(matchBeside(model, matches, from("c"), 1))).toBe("d");
  expect(idOf(matchBeside(model, matches, from("d"), 1))).toBe("c");
  expect(idOf(matchBeside(model, matches, from("c"), -1))).toBe("d");
  expect(matchBeside(model, [], from("c"), 1)).toBeUndefined();
});
