import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { ApiError } from "../../api/client";
import { parseSqlAnswer, parseSqlTables, type SqlTable } from "../../api/parse_sql";
import {
  invalidQueryParams,
  LINK_CHARS_MAX,
  querySearch,
  searchFromText,
  textOfSearch,
} from "../../base/search";
import { options } from "./completions";
import { draftOf, keepDraft } from "./drafts";
import { EXAMPLES } from "./examples";
import { EXPORT_FORMATS, fileName, toldOf } from "./exports";
import { mistakeIn, tooLong } from "./mistake";
import { schemaRows, tablesNamed } from "./schema";
import { questionOf } from "./useQuestion";

const refused = (at?: number, kind = "urn:clew:problem:invalid-sql") =>
  new ApiError("invalid sql", "there is no column `nam`", { status: 400, kind, at, hint: "fix" });

test("a mistake stands at the word the server means, though it counts bytes", () => {
  const sql = "SELECT 'ä漢🙂' AS x,\n  nam FROM spans";
  const at = new TextEncoder().encode(sql.slice(0, sql.indexOf("nam"))).length;
  const mistake = mistakeIn(refused(at), sql);
  expect(mistake).toMatchObject({ reason: "there is no column `nam`", fix: "fix" });
  const { from = 0, to, line, column } = mistake?.place ?? {};
  expect(sql.slice(from, to)).toBe("nam");
  expect([line, column]).toEqual([2, 3]);
});

test("a mistake at the end marks what came before it", () => {
  const sql = "SELECT 1 WHERE\n";
  const { from = 0, to } = mistakeIn(refused(15), sql)?.place ?? {};
  expect(sql.slice(from, to)).toBe("E");
});

test("without a place nothing is marked, and another failure is no mistake", () => {
  expect(mistakeIn(refused(), "SELECT 1")?.place).toBeUndefined();
  expect(mistakeIn(refused(0, "urn:clew:problem:sql-too-much"), "SELECT 1")).toBeUndefined();
  expect(mistakeIn(new Error("no"), "SELECT 1")).toBeUndefined();
});

test("a question has to fit into a link", () => {
  expect(tooLong("x".repeat(LINK_CHARS_MAX))).toBeUndefined();
  expect(tooLong("x".repeat(LINK_CHARS_MAX + 1))?.reason).toContain("60001");
  // A line end takes three characters of an address.
  expect(tooLong("\n".repeat(LINK_CHARS_MAX / 3 + 1))).toBeDefined();
});

test("a question survives the way through a link", () => {
  const sql = "SELECT 'a+b & 100%' AS \"n#\",\n\tcount(*)\nFROM spans -- ü\n";
  const search = { sql, t: "24h", rows: "1000" } as const;
  expect(querySearch(searchFromText(textOfSearch(search)))).toEqual(search);
  expect(questionOf(search)).toEqual({ sql, t: "24h", max_rows: 1000 });
  expect(questionOf({ sql: " \n" })).toBeUndefined();
  expect(invalidQueryParams({ sql, rows: "7", t: "soon", chart: "1" })).toEqual([
    "t",
    "rows",
    "chart",
  ]);
});

test("what was typed waits for the page of the same question", () => {
  keepDraft("shop", "SELECT 1", "SELECT 1, 2");
  expect(draftOf("shop", "SELECT 1")).toBe("SELECT 1, 2");
  expect(draftOf("shop", "SELECT 3")).toBe("SELECT 3");
  expect(draftOf("other", "")).toBe("");
});

test("the examples of the documentation are offered, word for word", () => {
  const page = readFileSync(resolve(import.meta.dirname, "../../../../docs/sql.md"), "utf8");
  const examples = page.slice(page.indexOf("## Examples"), page.indexOf("## Table"));
  const found = [...examples.matchAll(/\n([^\n]+)\n\n```sql\n([\s\S]*?)\n```/g)].map(
    ([, asks, sql]) => ({ asks, sql }),
  );
  expect(found.length).toBeGreaterThan(3);
  for (const example of found) expect(EXAMPLES).toContainEqual(example);
});

const TABLES: readonly SqlTable[] = parseSqlTables({
  tables: [
    {
      name: "spans",
      about: "Spans.",
      columns: [
        { name: "trace_id", type: "TEXT", unit: "32 hex digits", about: "the trace" },
        { name: "input_tokens", type: "BIGINT", unit: "tokens", about: "read" },
      ],
    },
    {
      name: "logs",
      about: "Logs.",
      columns: [{ name: "body", type: "TEXT", about: "a text as it is" }],
    },
  ],
});

test("tables open, and a search finds columns by name and meaning", () => {
  const ids = (open: string[], search: string) =>
    schemaRows(TABLES, new Set(open), search).map(({ id }) => id);
  expect(ids([], "")).toEqual(["spans", "logs"]);
  expect(ids(["logs"], "")).toEqual(["spans", "logs", "logs.body"]);
  expect(ids([], "TOKENS")).toEqual(["spans", "spans.input_tokens"]);
  expect(ids([], "text is")).toEqual(["logs", "logs.body"]);
  expect(ids(["logs"], "nobody")).toEqual([]);
});

test("columns of the tables that are read are offered, of all while none is", () => {
  const labels = (sql: string) => options(sql, TABLES).map(({ label }) => label);
  expect(tablesNamed("select 1 from LOGS l", TABLES).map(({ name }) => name)).toEqual(["logs"]);
  expect(labels("SELECT  FROM logs")).toContain("body");
  expect(labels("SELECT  FROM logs")).not.toContain("input_tokens");
  expect(labels("SELECT ")).toEqual(expect.arrayContaining(["body", "input_tokens", "json_get"]));
  expect(labels("SELECT  FROM logs JOIN spans")).toEqual(
    expect.arrayContaining(["body", "input_tokens"]),
  );
});

test("an answer without its shape is refused", () => {
  const cost = { rows: 3, bytes: 24, nanos: "4220215074" };
  const answer = { columns: [{ name: "n", type: "BIGINT" }], rows: [{ n: null }], cut: true, cost };
  expect(parseSqlAnswer({ ...answer, row_count: 1 })).toEqual(answer);
  expect(() => parseSqlAnswer({ ...answer, rows: [1] })).toThrow("rows");
  expect(() => parseSqlAnswer({ ...answer, cost: null })).toThrow("cost");
});

test("a file is named by project and moment, and says when it is not all", () => {
  const [csv] = EXPORT_FORMATS;
  if (!csv) throw new Error("no format");
  const name = fileName("support agent", 1_795_239_263_519_185_133n, csv);
  expect(name).toBe("support-agent-query-2026-11-21T053423Z.csv");
  const file = new Blob(["a,b\r\n"]);
  const told = (cut: string) =>
    toldOf({ file, headers: new Headers({ "x-clew-rows": "1204", "x-clew-cut": cut }) }, name);
  expect(told("false")).toBe(`1,204 rows, 5 bytes, in ${name}`);
  expect(told("true")).toMatch(/there are more$/);
});
