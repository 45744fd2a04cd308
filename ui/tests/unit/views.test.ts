import { expect, test } from "vitest";
import type { SavedView } from "../../src/api/parse_views";
import { invalidTracesParams, tracesSearch } from "../../src/base/search";
import {
  isEdited,
  searchOf,
  searchOfView,
  withoutEmptyView,
} from "../../src/features/traces/views";

const FAILED: SavedView = {
  id: "7",
  name: "Failed",
  page: "traces",
  query: "status:error",
  range: "24h",
};
const EVERYTHING: SavedView = { id: "8", name: "Everything", page: "traces", query: "" };

test("a link that names a view alone shows what the view says", () => {
  expect(searchOfView({ view: "7" }, FAILED)).toEqual({ view: "7", q: "status:error", t: "24h" });
  expect(searchOfView({ view: "7", sort: "start" }, FAILED).sort).toBe("start");
});

test("a link that says more is as it was, whatever became of the view", () => {
  const link = { view: "7", q: "user:ada" };
  expect(searchOfView(link, FAILED)).toBe(link);
  expect(searchOfView(link, undefined)).toBe(link);
});

test("what differs from the view is an edit", () => {
  const shown = searchOf(FAILED, { sort: "-duration" });
  expect(shown).toEqual({ sort: "-duration", view: "7", q: "status:error", t: "24h" });
  expect(isEdited(shown, FAILED)).toBe(false);
  expect(isEdited({ ...shown, q: " status:error " }, FAILED)).toBe(false);
  expect(isEdited({ ...shown, q: "status:error user:ada" }, FAILED)).toBe(true);
  expect(isEdited({ ...shown, t: undefined }, FAILED)).toBe(true);
  expect(isEdited({ view: "8" }, EVERYTHING)).toBe(false);
});

test("a list with nothing left of a view does not fall back into it", () => {
  expect(withoutEmptyView({ view: "7" }, FAILED).view).toBeUndefined();
  expect(withoutEmptyView({ view: "7", t: "1h" }, FAILED).view).toBe("7");
  expect(withoutEmptyView({ view: "8" }, EVERYTHING).view).toBe("8");
});

test("a view is named by a number", () => {
  expect(tracesSearch({ view: "12" }).view).toBe("12");
  expect(invalidTracesParams({ view: "my view" })).toEqual(["view"]);
});
