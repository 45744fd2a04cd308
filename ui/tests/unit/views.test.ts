import { expect, test } from "vitest";
import { parseView, type SavedView } from "../../src/api/parse_views";
import {
  invalidQueryParams,
  invalidTracesParams,
  LINK_CHARS_MAX,
  type QuerySearch,
  querySearch,
  type TracesSearch,
  tracesSearch,
} from "../../src/base/search";
import { SAVED_QUERIES } from "../../src/features/query/saved";
import { TRACE_VIEWS } from "../../src/features/traces/views";
import {
  addressOf,
  isEdited,
  searchOf,
  searchOfView,
  type ViewSearch,
} from "../../src/widgets/views";

const FAILED: SavedView = {
  id: "7",
  name: "Failed",
  page: "traces",
  query: "status:error",
  range: "24h",
  columns: [],
};
const EVERYTHING: SavedView = {
  id: "8",
  name: "Everything",
  page: "traces",
  query: "",
  columns: [],
};
const COUNT: SavedView = {
  id: "9",
  name: "Count",
  page: "query",
  query: "SELECT count(*)\nFROM spans",
  range: "7d",
  columns: [],
};

const ofTraces = (search: TracesSearch, view?: SavedView) =>
  searchOfView(TRACE_VIEWS, search, view);
const ofQuery = (search: QuerySearch, view?: SavedView) =>
  searchOfView(SAVED_QUERIES, search, view);

test("a link that names a view alone shows what the view says", () => {
  expect(ofTraces({ view: "7" }, FAILED)).toEqual({ view: "7", q: "status:error", t: "24h" });
  expect(ofTraces({ view: "7", sort: "start" }, FAILED).sort).toBe("start");
  expect(ofQuery({ view: "9", rows: "100" }, COUNT)).toEqual({
    view: "9",
    sql: COUNT.query,
    t: "7d",
    rows: "100",
  });
});

test("a link that says more is as it was, whatever became of the view", () => {
  const link = { view: "7", q: "user:ada" };
  expect(ofTraces(link, FAILED)).toBe(link);
  expect(ofTraces(link, undefined)).toBe(link);
  const question = { view: "9", sql: "SELECT 1" };
  expect(ofQuery(question, COUNT)).toBe(question);
  expect(ofQuery(question, undefined)).toBe(question);
});

test("what differs from the view is an edit", () => {
  const shown = searchOf<TracesSearch>(TRACE_VIEWS, FAILED, { sort: "-duration" });
  const edited = (search: ViewSearch, view = FAILED) => isEdited(TRACE_VIEWS, search, view);
  expect(shown).toEqual({ sort: "-duration", view: "7", q: "status:error", t: "24h" });
  expect(edited(shown)).toBe(false);
  expect(edited({ ...shown, q: " status:error " })).toBe(false);
  expect(edited({ ...shown, q: "status:error user:ada" })).toBe(true);
  expect(edited({ ...shown, t: undefined })).toBe(true);
  expect(edited({ view: "8" }, EVERYTHING)).toBe(false);
  const asked = searchOf<QuerySearch>(SAVED_QUERIES, COUNT, { chart: "0" });
  expect(asked).toEqual({ chart: "0", view: "9", sql: COUNT.query, t: "7d" });
  expect(isEdited(SAVED_QUERIES, { ...asked, sql: `${COUNT.query}\n` }, COUNT)).toBe(false);
  expect(isEdited(SAVED_QUERIES, { ...asked, sql: "SELECT 1" }, COUNT)).toBe(true);
});

test("a list with nothing left of a view does not fall back into it", () => {
  const view = (next: TracesSearch, of: SavedView) => addressOf(TRACE_VIEWS, next, of).view;
  expect(view({ view: "7" }, FAILED)).toBeUndefined();
  expect(view({ view: "7", t: "1h" }, FAILED)).toBe("7");
  expect(view({ view: "8" }, EVERYTHING)).toBe("8");
});

test("a saved query that is too long for a link is linked by its id, until it is edited", () => {
  const long = { ...COUNT, query: "ü".repeat(LINK_CHARS_MAX / 6 + 1) };
  const shown = searchOf<QuerySearch>(SAVED_QUERIES, long, { rows: "100" });
  const address = addressOf(SAVED_QUERIES, shown, long);
  expect(address).toEqual({ view: "9", rows: "100" });
  expect(ofQuery(address, long)).toEqual(shown);
  const edited = { ...shown, t: "1h" };
  expect(addressOf(SAVED_QUERIES, edited, long)).toBe(edited);
  expect(addressOf(SAVED_QUERIES, shown, undefined)).toBe(shown);
  const fits = searchOf<QuerySearch>(SAVED_QUERIES, COUNT, {});
  expect(addressOf(SAVED_QUERIES, fits, COUNT)).toBe(fits);
});

test("a view is named by a number", () => {
  expect(tracesSearch({ view: "12" }).view).toBe("12");
  expect(invalidTracesParams({ view: "my view" })).toEqual(["view"]);
  expect(querySearch({ view: "12" }).view).toBe("12");
  expect(invalidQueryParams({ view: "my view" })).toEqual(["view"]);
});

test("a view keeps the columns it came with", () => {
  const { range: _, ...said } = FAILED;
  expect(parseView({ ...said, columns: ["time", "cost"] })).toEqual({
    ...said,
    columns: ["time", "cost"],
  });
});
