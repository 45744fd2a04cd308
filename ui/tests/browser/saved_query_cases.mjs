// What a viewer must be able to do with saved queries, each as one statement.

import assert from "node:assert/strict";
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

/** A name nobody has used. */
const unused = (words) => `${words} ${process.pid} ${Math.floor(performance.now())}`;

const chosen = (page, name) =>
  page.getByRole("button", { name: `Saved query: ${name}`, exact: true });
const edited = (page, name) => page.getByRole("button", { name: `Saved query: ${name}, edited` });
const sqlOf = async (page) => (await editor(page).locator(".cm-line").allInnerTexts()).join("\n");
const views = ({ base, project }) => `${base}/api/v1/projects/${project}/views`;

/** Saves a query as a program would; answers its id. */
async function saveQuery(tools, name, query, range) {
  const answered = await fetch(views(tools), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, page: "query", query, range }),
  });
  assert.equal(answered.status, 201, await answered.clone().text());
  return (await answered.json()).id;
}

const removeQuery = (tools, id) => fetch(`${views(tools)}/${id}`, { method: "DELETE" });

async function nameIt(page, title, name, action) {
  const dialog = page.getByRole("dialog", { name: title });
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByRole("button", { name: action }).click();
}

export const savedQueryCases = {
  "a query is saved, edited, updated, renamed, shared by a link and removed": async (tools) => {
    const name = unused("Kinds");
    const sql =
      "SELECT obs_type, count(*) AS spans -- all of them\nFROM spans\nGROUP BY 1\nORDER BY 1";
    const page = await openPage(tools, { t: "30d" });
    await page.getByRole("heading", { name: "Query", exact: true }).click();
    await page.keyboard.press("v");
    const save = page.getByRole("menuitem", { name: "Save as..." });
    assert.equal(await save.getAttribute("aria-disabled"), "true", "nothing is written");
    await page.keyboard.press("Escape");

    // What is written is what is saved, whether it was run or not; a saved one is shown, and so run.
    await write(page, sql);
    await editor(page).press("Escape");
    await editor(page).press("Escape");
    await page.keyboard.press("v");
    await save.click();
    await tools.axe(page);
    await nameIt(page, "Save this query", name, "Save");
    await chosen(page, name).waitFor();
    await rows(page).first().waitFor({ timeout: ANSWERED_MS });
    await page.waitForURL(/[?&]view=\d+/);
    const link = new URL(page.url()).searchParams;
    assert.deepEqual([link.get("sql"), link.get("t")], [sql, "30d"]);
    const view = link.get("view");

    // Another with that name is refused where it is asked for.
    await chosen(page, name).click();
    await save.click();
    await nameIt(page, "Save this query", name, "Save");
    await page.getByRole("dialog").getByRole("alert").getByText(name).waitFor();
    await page.keyboard.press("Escape");

    // An edit shows a dot before it is run, and goes with the link once it is.
    await write(page, sql.replace("1\nORDER", "1\nHAVING count(*) > 1\nORDER"));
    await edited(page, name).waitFor();
    await editor(page).press("Control+Enter");
    await page.waitForURL(/HAVING/);
    assert.equal(new URL(page.url()).searchParams.get("view"), view);
    await edited(page, name).click();
    const update = page.getByRole("menuitem", { name: "Update the saved query" });
    await update.waitFor();
    await tools.shot(page, "saved-query-edited");
    await update.click();
    await chosen(page, name).waitFor();

    const other = unused("Kinds of spans");
    await chosen(page, name).click();
    await page.getByRole("menuitem", { name: "Rename the saved query..." }).click();
    await nameIt(page, `Rename ${name}`, other, "Rename");
    await chosen(page, other).waitFor();

    // The id alone is a link: the saved query says the rest.
    const late = await openPage(tools, { view });
    await rows(late).first().waitFor({ timeout: ANSWERED_MS });
    assert.match(await sqlOf(late), /HAVING count/);
    await late.getByRole("button", { name: "Last 30 days" }).waitFor();
    await chosen(late, other).click();
    await late.getByRole("menuitem", { name: "Remove the saved query..." }).click();
    await tools.axe(late);
    await late.getByRole("button", { name: "Remove the saved query" }).click();
    await late.getByRole("button", { name: "Saved queries", exact: true }).waitFor();
    assert.equal(new URL(late.url()).searchParams.get("view"), null);
    assert.match(await sqlOf(late), /HAVING count/, "the text stays where one reads it");

    // A link that says it all goes on to do so; one with the id alone says that it has gone.
    const told_ = await openPage(tools, { view, sql: "SELECT 1 AS one" });
    await told_.getByText("Ignored in the address").waitFor();
    await answer(told_)
      .getByRole("columnheader", { name: "one" })
      .waitFor({ timeout: ANSWERED_MS });
    const nothing = await openPage(tools, { view });
    await nothing.getByText("Ignored in the address").waitFor();
    await nothing.getByRole("region", { name: "Questions to begin with" }).waitFor();
  },

  "a saved query is chosen by key, keeps its time, and is left without losing it": async (
    tools,
  ) => {
    const names = ["One", "Two"].map(unused);
    const ids = [
      await saveQuery(tools, names[0], "SELECT 1 AS one", "24h"),
      await saveQuery(tools, names[1], "SELECT 2 AS two"),
    ];
    const page = await openPage(tools, { sql: "SELECT 0 AS zero" });
    await rows(page).first().waitFor({ timeout: ANSWERED_MS });
    await page.getByRole("heading", { name: "Query", exact: true }).click();
    await page.keyboard.press("v");
    await page.getByRole("menuitemradio", { name: new RegExp(names[0]) }).waitFor();
    await page.keyboard.type("One");
    await page.keyboard.press("Enter");
    await chosen(page, names[0]).waitFor();
    await answer(page).getByRole("columnheader", { name: "one" }).waitFor({ timeout: ANSWERED_MS });
    await page.getByRole("button", { name: "Last 24 hours" }).waitFor();

    // Chosen again, it says again what it said, also over what was typed since.
    await write(page, "SELECT 1 AS other");
    await edited(page, names[0]).click();
    await page.getByRole("menuitemradio", { name: new RegExp(names[0]) }).click();
    await chosen(page, names[0]).waitFor();
    assert.equal(await sqlOf(page), "SELECT 1 AS one");

    await page.goBack();
    await page.getByRole("button", { name: "Saved queries", exact: true }).waitFor();
    assert.equal(await sqlOf(page), "SELECT 0 AS zero");
    await page.goForward();
    await chosen(page, names[0]).click();
    await page.getByRole("menuitemradio", { name: new RegExp(names[1]) }).click();
    await answer(page).getByRole("columnheader", { name: "two" }).waitFor({ timeout: ANSWERED_MS });
    assert.equal(new URL(page.url()).searchParams.get("t"), null);
    await chosen(page, names[1]).click();
    await page.getByRole("menuitem", { name: "Leave the saved query" }).click();
    await page.getByRole("button", { name: "Saved queries", exact: true }).waitFor();
    assert.equal(await sqlOf(page), "SELECT 2 AS two");
    assert.equal(new URL(page.url()).searchParams.get("view"), null);

    // A link made while the id alone is in the address says all that is shown.
    await page.goto(address(tools, { view: ids[0] }));
    await rows(page).first().waitFor({ timeout: ANSWERED_MS });
    await page.getByRole("heading", { name: "Query", exact: true }).click();
    await page.keyboard.press("Y");
    await page.getByText("Copied the link").waitFor();
    const link = new URL(await page.evaluate(() => navigator.clipboard.readText())).searchParams;
    assert.equal(link.get("sql"), "SELECT 1 AS one");
    assert.match(link.get("t"), /Z~/);

    // The list of traces knows nothing of it.
    await page.goto(`${tools.base}/p/${tools.project}/traces?view=${ids[0]}`);
    await page.getByText("Ignored in the address").waitFor();
    for (const id of ids) await removeQuery(tools, id);
  },

  "a saved query that is longer than a link is asked by its name": async (tools) => {
    const name = unused("Long");
    const sql = `SELECT length('${"ü".repeat(12_000)}') AS letters`;
    const id = await saveQuery(tools, name, sql);
    const page = await openPage(tools);
    await page.getByRole("button", { name: "Saved queries" }).click();
    await page.getByRole("menuitemradio", { name: new RegExp(name) }).click();
    await rows(page).first().waitFor({ timeout: ANSWERED_MS });
    assert.equal(await (await cell(page, 0, "letters")).innerText(), "12,000");
    assert.equal(new URL(page.url()).search, `?view=${id}`);
    assert.equal(await page.getByRole("alert").count(), 0);
    await page.getByLabel("Rows, at most").selectOption("100");
    await page.waitForURL(/rows=100/);
    await editor(page).press("Control+Enter");
    await told(page)
      .getByText(/1 row\b/)
      .waitFor({ timeout: ANSWERED_MS });
    await write(page, `${sql} -- edited`);
    await page.getByRole("alert").getByText("too long for a link").waitFor();
    await edited(page, name).click();
    await page.getByRole("menuitem", { name: "Remove the saved query..." }).click();
    await page.getByRole("button", { name: "Remove the saved query" }).click();
    await page.getByRole("region", { name: "Questions to begin with" }).waitFor();
    assert.equal(new URL(page.url()).search, "?rows=100");
    assert.equal(
      (await (await fetch(views(tools))).json()).views.some((one) => one.id === id),
      false,
    );
  },

  "saved queries that cannot be read are told of, with a retry": async (tools) => {
    const id = await saveQuery(tools, unused("Late"), "SELECT 3 AS three");
    const page = await tools.open();
    await page.route("**/views", (route) =>
      route.fulfill({
        status: 503,
        contentType: "application/problem+json",
        body: JSON.stringify({ title: "Store busy", status: 503, detail: "no place free" }),
      }),
    );
    await page.goto(address(tools, { view: id }));
    await page
      .getByRole("heading", { name: "Could not load the saved query" })
      .waitFor({ timeout: ANSWERED_MS });
    await tools.axe(page);
    await page.unroute("**/views");
    await page.getByRole("button", { name: "Retry" }).click();
    await answer(page)
      .getByRole("columnheader", { name: "three" })
      .waitFor({ timeout: ANSWERED_MS });
    await removeQuery(tools, id);
  },

  "the menu of saved queries is accessible in both themes, also on a phone": async (tools) => {
    const name = unused(
      "What each model costs, a call and in all, without those that have no price",
    );
    const id = await saveQuery(
      tools,
      name,
      "SELECT model, sum(cost_usd) AS cost_usd\nFROM spans\nWHERE billed\nGROUP BY model",
      "7d",
    );
    const short = await saveQuery(tools, unused("Errors"), "SELECT 1 AS one");
    for (const theme of ["light", "dark"]) {
      for (const width of [1440, 390]) {
        const page = await openPage(tools, { view: id }, { theme, width });
        await chosen(page, name).waitFor();
        await tools.axe(page);
        await run(page, "SELECT model FROM spans LIMIT 5");
        await answer(page).getByRole("columnheader", { name: "model" }).waitFor();
        await told(page).getByText("5 rows", { exact: true }).waitFor({ timeout: ANSWERED_MS });
        await editor(page).press("Escape");
        await edited(page, name).click();
        await page.getByRole("menuitem", { name: "Update the saved query" }).waitFor();
        await tools.shot(page, `saved-queries-${theme}-${width}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `the page is ${wide} wide of ${width}`);
        await page.getByRole("menuitem", { name: "Rename the saved query..." }).click();
        await page.getByRole("dialog", { name: `Rename ${name}` }).waitFor();
        await tools.axe(page);
        await tools.shot(page, `saved-query-rename-${theme}-${width}`);
        await page.keyboard.press("Escape");
      }
    }
    for (const saved of [id, short]) await removeQuery(tools, saved);
  },
};
