// What a viewer must be able to do on the query page, each as one statement.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  ANSWERED_MS,
  address,
  answer,
  cell,
  editor,
  openPage,
  rows,
  run,
  told,
  write,
} from "./query_page.mjs";

const THOUSANDS = `SELECT row_number() OVER () AS n, a.span_id, a.start_time, a.input_preview
FROM spans AS a, (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS b`;

/** Spans by spans, five times over: nobody waits for their end, and few are in memory. */
const ENDLESS = `WITH few AS (SELECT span_id, name FROM spans LIMIT 200)
SELECT count(*) FROM few AS a JOIN (
  SELECT b.name FROM few AS b JOIN (
    SELECT c.name FROM few AS c JOIN (
      SELECT d.name FROM few AS d JOIN few AS e ON d.span_id <> e.span_id
    ) AS d ON c.name <= d.name
  ) AS c ON b.name <= c.name
) AS b ON a.name <= b.name`;

export const queryCases = {
  "a question is asked by key, answered, and its numbers are those of the list": async (tools) => {
    const page = await tools.open();
    await page.goto(`${tools.base}/p/${tools.project}/traces`);
    await page.getByRole("grid", { name: "Traces" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("q");
    await page.getByRole("heading", { name: "Query", exact: true }).waitFor();
    await editor(page).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.insertText("SELECT count(*) AS traces FROM traces");
    await page.keyboard.press("Control+Enter");
    await rows(page).first().waitFor({ timeout: ANSWERED_MS });
    const list = await fetch(`${tools.base}/api/v1/projects/${tools.project}/traces?limit=1`);
    const { total } = await list.json();
    const shown = await (await cell(page, 0, "traces")).innerText();
    assert.equal(Number(shown.replaceAll(",", "")), total.count);
    assert.match(await told(page).innerText(), /1 row\s+[\d,]+ rows? read, .*(B|bytes?)\s+.*s$/);
    assert.equal(
      new URL(page.url()).searchParams.get("sql"),
      "SELECT count(*) AS traces FROM traces",
    );
  },

  "every example is answered": async (tools) => {
    const page = await openPage(tools);
    const starters = page.getByRole("region", { name: "Questions to begin with" });
    const asks = await starters.getByRole("button").allInnerTexts();
    assert.ok(asks.length > 5);
    await starters.getByRole("button").first().click();
    for (const [i, ask] of asks.entries()) {
      if (i > 0) {
        await page.getByRole("button", { name: "Examples" }).click();
        await page.getByRole("menuitem", { name: ask }).click();
      }
      await told(page)
        .getByText(/\d rows? read/)
        .waitFor({ timeout: ANSWERED_MS });
      assert.equal(await page.getByRole("alert").count(), 0, ask);
    }
  },

  "a link brings back the question, its time, its rows and the answer": async (tools) => {
    const page = await openPage(tools, { t: "30d" });
    const sql =
      "SELECT name, count(*) AS spans -- 100 % + ü\nFROM spans\nGROUP BY name\nORDER BY 2 DESC, 1";
    await run(page, sql);
    await rows(page).first().waitFor({ timeout: ANSWERED_MS });
    await page.getByLabel("Rows, at most").selectOption("100");
    await page.waitForURL(/rows=100/);
    const first = await rows(page).first().innerText();
    const other = await tools.open();
    await other.goto(page.url());
    await editor(other).waitFor();
    await rows(other).first().waitFor({ timeout: ANSWERED_MS });
    assert.equal(await rows(other).first().innerText(), first);
    assert.equal((await editor(other).locator(".cm-line").allInnerTexts()).join("\n"), sql);
    await other.getByRole("button", { name: /Last 30 days/ }).waitFor();
    await other.getByLabel("Rows, at most").and(other.locator('[value="100"], select')).waitFor();
    assert.equal(await other.getByLabel("Rows, at most").inputValue(), "100");

    // Back leads to the question before, and what was typed meanwhile goes.
    await run(other, "SELECT 1 AS one");
    await answer(other).getByRole("columnheader", { name: "one" }).waitFor();
    await other.goBack();
    await answer(other).getByRole("columnheader", { name: "spans" }).waitFor();
    assert.equal(await editor(other).locator(".cm-line").first().innerText(), sql.split("\n")[0]);
  },

  "Y copies a link whose time means the same later": async (tools) => {
    const page = await openPage(tools, { t: "24h", sql: "SELECT 1 AS one" });
    await rows(page).first().waitFor({ timeout: ANSWERED_MS });
    await page.keyboard.press("Y");
    await page.getByText("Copied the link").waitFor();
    const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
    assert.match(link.searchParams.get("t"), /^\d{4}-\d\d-\d\dT[\d:.]+Z~\d{4}/);
    assert.equal(link.searchParams.get("sql"), "SELECT 1 AS one");
  },

  "a mistake is marked at its place, with its reason and what to write": async (tools) => {
    for (const theme of ["light", "dark"]) {
      const page = await openPage(tools, {}, { theme });
      await run(page, "SELECT 'ä漢🙂' AS x,\n       nam\nFROM spans");
      const note = page.getByRole("alert");
      await note.getByText("there is no column").waitFor();
      await note.getByText("Did you mean").waitFor();
      assert.equal(await page.locator(".cm-mistake").innerText(), "nam");
      assert.equal(await editor(page).getAttribute("aria-invalid"), "true");
      await tools.axe(page);
      await tools.shot(page, `query-mistake-${theme}`);
      // The place is a way to the place.
      await note.getByRole("button", { name: "Line 2, column 8" }).click();
      await page.keyboard.press("Shift+Control+ArrowRight");
      await page.keyboard.insertText("name");
      assert.equal(await page.locator(".cm-mistake").count(), 0);
      assert.equal(await note.count(), 0, "an edited text is not blamed for what it was");
      await page.keyboard.press("Control+Enter");
      await rows(page).first().waitFor({ timeout: ANSWERED_MS });
    }
  },

  "what would change something is refused in the words of the server": async (tools) => {
    const page = await openPage(tools);
    const sql = "DROP TABLE spans";
    const refused = await fetch(`${tools.base}/api/v1/projects/${tools.project}/sql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ sql }),
    });
    const { detail, hint } = await refused.json();
    await run(page, sql);
    const words = (text) => text.replaceAll("`", "").toLowerCase();
    await page.getByRole("alert").waitFor();
    const said = words(await page.getByRole("alert").innerText());
    assert.ok(said.includes(words(detail)), said);
    assert.ok(said.includes(words(hint)), said);
    assert.equal(await page.locator(".cm-mistake").innerText(), "DROP");
    await run(page, "SELECT count(*) > 0 AS there FROM spans");
    await answer(page).getByText("true").waitFor({ timeout: ANSWERED_MS });
  },

  "a long question says how long it runs, and Escape stops it on the server too": async (tools) => {
    const page = await openPage(tools);
    await run(page, ENDLESS);
    await told(page).getByText("Running").waitFor();
    await page.getByRole("button", { name: "Cancel" }).waitFor();
    await tools.axe(page);
    await tools.shot(page, "query-running");
    await editor(page).press("Escape");
    await page.getByText("Canceled before an answer came").waitFor();
    assert.equal(await page.getByRole("button", { name: "Cancel" }).count(), 0);
    // Two questions have a place at once: were those that were stopped still at work, the next had none.
    for (const _ of [1, 2]) {
      await page.getByRole("button", { name: "Run again" }).click();
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.getByText("Canceled before an answer came").waitFor();
    }
    await run(page, "SELECT 1 AS one");
    await answer(page).getByRole("columnheader", { name: "one" }).waitFor();
    await tools.axe(page);
  },

  "an answer that is cut off says so, and more rows are one choice away": async (tools) => {
    const page = await openPage(tools, { sql: "SELECT name FROM spans", rows: "100" });
    await told(page)
      .getByText("Cut off at 100 rows, there are more")
      .waitFor({ timeout: ANSWERED_MS });
    assert.equal(await answer(page).getAttribute("aria-rowcount"), "101");
    await page.getByLabel("Rows, at most").selectOption("10000");
    await page.waitForURL((url) => !url.searchParams.has("rows"));
    await page.waitForFunction(() => {
      const grid = document.querySelector('[role="grid"]');
      return Number(grid?.getAttribute("aria-rowcount")) > 101;
    });
  },

  "many rows and columns hold few nodes in the page, and each cell is reached by key": async (
    tools,
  ) => {
    const page = await openPage(tools, { sql: THOUSANDS, rows: "100000" });
    await rows(page).first().waitFor({ timeout: ANSWERED_MS });
    const count = Number(await answer(page).getAttribute("aria-rowcount")) - 1;
    assert.ok(count > 2000, `${count} rows`);
    await page.keyboard.press("j");
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowRight");
    const id = await answer(page).getAttribute("aria-activedescendant");
    assert.equal(id, `cell-${count - 1}-1`);
    await page.locator(`#${id}`).waitFor();
    assert.equal(
      await page
        .locator('[role="row"][aria-selected="true"] [role="gridcell"]')
        .first()
        .innerText(),
      count.toLocaleString("en-US"),
    );

    await page.getByLabel("Rows, at most").selectOption("1000");
    await run(page, "SELECT * FROM spans");
    await answer(page)
      .getByRole("columnheader", { name: "trace_id", exact: true })
      .waitFor({ timeout: ANSWERED_MS });
    const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
    assert.ok(nodes < 3000, `${nodes} nodes`);
    await editor(page).press("Escape");
    await page.keyboard.press("j");
    const columns = Number(await answer(page).getAttribute("aria-colcount"));
    for (let i = 0; i < columns + 2; i += 1) await page.keyboard.press("ArrowRight");
    const last = page.locator(`#cell-0-${columns - 1}`);
    assert.equal(await last.getAttribute("data-active"), "true");
    assert.ok(await last.isVisible());
  },

  "numbers stand right, unknown is not zero, times follow the zone, ids lead to the trace": async (
    tools,
  ) => {
    const sql = `SELECT trace_id, span_id, start_time, duration_nanos, cost_usd, model, '' AS nothing, 0 AS zero
FROM spans WHERE cost_usd IS NULL AND end_time IS NOT NULL ORDER BY start_time LIMIT 20`;
    const page = await openPage(tools, { sql });
    await rows(page).first().waitFor({ timeout: ANSWERED_MS });
    const align = (await cell(page, 0, "duration_nanos")).evaluate(
      (one) => getComputedStyle(one).textAlign,
    );
    assert.equal(await align, "right");
    assert.equal(await (await cell(page, 0, "cost_usd")).innerText(), "—");
    assert.equal(
      await (await cell(page, 0, "cost_usd")).getAttribute("aria-label"),
      "cost_usd unknown",
    );
    assert.equal(await (await cell(page, 0, "nothing")).innerText(), "empty");
    assert.equal(await (await cell(page, 0, "zero")).innerText(), "0");

    const berlin = await (await cell(page, 0, "start_time")).innerText();
    await page.keyboard.press("t");
    await page.getByLabel("Time zone").selectOption("Asia/Tokyo");
    await page.keyboard.press("Escape");
    const tokyo = await (await cell(page, 0, "start_time")).innerText();
    assert.notEqual(tokyo, berlin);
    assert.equal(tokyo.slice(-9), berlin.slice(-9), "minutes and seconds are the same");

    await page.keyboard.press("j");
    await page.keyboard.press("ArrowRight");
    const [traceLink, spanLink] = await Promise.all(
      ["trace_id", "span_id"].map(async (name) =>
        (await cell(page, 0, name)).getByRole("link").getAttribute("href"),
      ),
    );
    assert.ok(spanLink.startsWith(`${traceLink}?span=`));
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname + url.search === spanLink);
    await page.goBack();
    await rows(page).first().waitFor();
  },

  "a long text is cut in its row and read in full by key": async (tools) => {
    const text = `first line\n${"word ".repeat(300)}last`;
    const page = await openPage(tools, {
      sql: `SELECT '${text}' AS words, '{"a":[1,{"b":null}]}' AS json`,
    });
    await rows(page).first().waitFor({ timeout: ANSWERED_MS });
    await page.keyboard.press("j");
    await page.getByRole("group", { name: "The chosen cell" }).waitFor();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "words" });
    assert.equal(await dialog.locator("pre").innerText(), text);
    await tools.axe(page);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.keyboard.press("c");
    await page.getByText("Copied words").waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), text);
    await page.keyboard.press("ArrowRight");
    await page
      .getByRole("group", { name: "The chosen cell" })
      .getByRole("button", { name: "Open" })
      .click();
    const json = await page.getByRole("dialog", { name: "json" }).locator("pre").innerText();
    assert.match(json, /"a": \[\n/);
  },

  "tables are found, read about and put into the question, by keyboard alone": async (tools) => {
    const page = await openPage(tools);
    const tree = page.getByRole("tree", { name: "Tables and columns" });
    await tree.getByRole("treeitem", { name: /^spans \d+ columns/ }).waitFor();
    await write(page, "SELECT sum(");
    // The first closes what is offered, the second leaves.
    await editor(page).press("Escape");
    await editor(page).press("Escape");
    await page.keyboard.press("f");
    const search = page.getByLabel("Find a column");
    await search.and(page.locator(":focus")).waitFor();
    await page.keyboard.type("from a cache");
    assert.equal(await search.inputValue(), "from a cache");
    await tree
      .getByRole("treeitem", { name: /^cache_read_tokens/ })
      .first()
      .waitFor();
    // Columns without the words go a moment after these were typed.
    await tree
      .getByRole("treeitem", { name: /^trace_id/ })
      .first()
      .waitFor({ state: "detached" });
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    assert.match(await editor(page).innerText(), /SELECT sum\(cache_read_tokens/);
    await tools.axe(page);
    await page.getByLabel("Find a column").fill("no such words");
    await page.getByText("No column has these words").waitFor();
    // Where nothing is written a table answers with its first rows.
    await page.getByLabel("Find a column").fill("");
    await write(page, "");
    await tree.focus();
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await told(page)
      .getByText(/rows? read/)
      .waitFor({ timeout: ANSWERED_MS });
    assert.match(
      new URL(page.url()).searchParams.get("sql"),
      /^SELECT \*\nFROM metrics\nLIMIT 100$/,
    );
  },

  "columns of the table that is read are completed while one types": async (tools) => {
    const page = await openPage(tools);
    await write(page, " FROM steps");
    await editor(page).press("Control+Home");
    await editor(page).pressSequentially("SELECT step_na");
    await page.getByRole("option", { name: /^step_name/ }).waitFor();
    await tools.axe(page);
    await tools.shot(page, "query-completion");
    await editor(page).press("Enter");
    assert.match(await editor(page).innerText(), /^SELECT step_name FROM steps/);
    await editor(page).press("Control+Enter");
    await told(page)
      .getByText(/rows? read/)
      .waitFor({ timeout: ANSWERED_MS });
  },

  "hours are drawn above their rows, another column where one is chosen, and put away": async (
    tools,
  ) => {
    for (const theme of ["light", "dark"]) {
      const page = await openPage(tools, {}, { theme });
      await page
        .getByRole("button", { name: "How many traces an hour, and how many failed?" })
        .click();
      const chart = page.getByRole("region", { name: "Chart" });
      await chart
        .getByRole("img", { name: /^traces over time: \d+ values/ })
        .waitFor({ timeout: ANSWERED_MS });
      const count = Number(await answer(page).getAttribute("aria-rowcount")) - 1;
      assert.equal(await chart.locator("rect").count(), count);
      await tools.axe(page);
      await tools.shot(page, `query-${theme}`);
      await chart.getByLabel("Column of the chart").selectOption("failed");
      await chart.getByRole("img", { name: /^failed over time/ }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("heading", { name: "Query", exact: true }).click();
      await page.getByRole("button", { name: "Chart" }).click();
      await page.waitForURL(/chart=0/);
      assert.equal(await chart.count(), 0);
      await run(
        page,
        "SELECT status, count(*) AS spans FROM spans GROUP BY status ORDER BY 2 DESC",
      );
      await page.getByRole("button", { name: "Chart" }).click();
      await chart.getByRole("list", { name: "spans by status" }).waitFor();
      await tools.axe(page);
      await tools.shot(page, `query-bars-${theme}`);
      // Rows of two texts are nothing to draw.
      await run(page, "SELECT name, status FROM spans LIMIT 5");
      await answer(page)
        .getByRole("columnheader", { name: "name" })
        .waitFor({ timeout: ANSWERED_MS });
      assert.equal(await chart.count(), 0);
    }
  },

  "an answer is downloaded in every format, all rows of it": async (tools) => {
    const page = await openPage(tools, {
      sql: "SELECT name, 'a,\"b' AS quoted FROM spans",
      rows: "100",
    });
    await rows(page).first().waitFor({ timeout: ANSWERED_MS });
    const starts = {
      CSV: "name,quoted\r\n",
      Parquet: "PAR1",
      "Arrow stream": "\xff\xff\xff\xff",
      JSON: '{"columns":[',
    };
    for (const [label, start] of Object.entries(starts)) {
      await page.getByRole("button", { name: "Download" }).click();
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("menuitem", { name: label }).click(),
      ]);
      const bytes = readFileSync(await file.path()).toString("latin1");
      assert.ok(bytes.startsWith(start), `${label} starts with ${bytes.slice(0, 20)}`);
      assert.match(file.suggestedFilename(), new RegExp(`^${tools.project}-query-.*Z\\.\\w+$`));
      if (label === "CSV")
        assert.ok(bytes.split("\r\n").length > 101, "more rows than the page shows");
      await page.getByText(/rows?, .*B, in .*-query-/).waitFor();
    }
  },

  "what was typed and not run is there when one comes back": async (tools) => {
    const page = await openPage(tools, { sql: "SELECT 1 AS one" });
    await rows(page).first().waitFor({ timeout: ANSWERED_MS });
    await write(page, "SELECT 2 AS two");
    await told(page).getByText("Edited since").waitFor();
    await page.getByRole("link", { name: /^Traces/ }).click();
    await page.getByRole("grid", { name: "Traces" }).waitFor();
    await page.goBack();
    await editor(page).waitFor();
    assert.equal(await editor(page).innerText(), "SELECT 2 AS two");
  },

  "an answer that fails is told of, with a retry": async (tools) => {
    const page = await tools.open();
    const busy = {
      type: "urn:clew:problem:store-busy",
      title: "Store busy",
      status: 503,
      detail: "no place free",
      hint: "Try again.",
    };
    await page.route("**/sql", (route) =>
      route.fulfill({
        status: 503,
        contentType: "application/problem+json",
        body: JSON.stringify(busy),
      }),
    );
    await page.goto(address(tools, { sql: "SELECT 1 AS one", t: "soon" }));
    await page.getByRole("heading", { name: "Could not answer the query" }).waitFor();
    await page.getByText("Ignored in the address").waitFor();
    await tools.axe(page);
    await page.unroute("**/sql");
    await page.getByRole("button", { name: "Retry" }).click();
    await rows(page).first().waitFor({ timeout: ANSWERED_MS });
  },

  "the query page is accessible in both themes, also on a phone": async (tools) => {
    for (const theme of ["light", "dark"]) {
      for (const width of [1440, 390]) {
        const page = await openPage(tools, {}, { theme, width });
        await tools.axe(page);
        await tools.shot(page, `query-start-${theme}-${width}`);
        await run(page, "SELECT *\nFROM spans\nLIMIT 500");
        await rows(page).first().waitFor({ timeout: ANSWERED_MS });
        await editor(page).press("Escape");
        await page.keyboard.press("j");
        await page.keyboard.press("ArrowRight");
        await tools.axe(page);
        await tools.shot(page, `query-rows-${theme}-${width}`);
        if (width < 720) {
          await page.getByRole("button", { name: "Tables" }).click();
          await page.getByRole("treeitem").first().waitFor();
          await tools.axe(page);
          await tools.shot(page, `query-tables-${theme}-${width}`);
        }
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: "Tables" }).focus();
        await page.keyboard.press("?");
        await page
          .getByRole("dialog", { name: "Keys of this page" })
          .getByText("Run the query")
          .waitFor();
        await tools.axe(page);
      }
    }
  },

  "the editor comes on its own, within its budget": async (tools) => {
    const page = await tools.open();
    const sizes = {};
    page.on("response", async (response) => {
      if (response.request().resourceType() !== "script") return;
      const { gzipSync } = await import("node:zlib");
      sizes[new URL(response.url()).pathname] = gzipSync(await response.body()).length;
    });
    await page.goto(`${tools.base}/p/${tools.project}/traces`);
    await page.getByRole("grid", { name: "Traces" }).waitFor();
    const editors = () => Object.keys(sizes).filter((path) => path.includes("SqlEditor"));
    assert.deepEqual(editors(), [], "the list does not load it");
    await page.getByRole("link", { name: "Query" }).click();
    await editor(page).waitFor();
    await page.waitForTimeout(300);
    const [path] = editors();
    assert.ok(sizes[path] <= 130_000, `the editor is ${sizes[path]} bytes gzipped`);
  },
};
