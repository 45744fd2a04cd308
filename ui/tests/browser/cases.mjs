// What a viewer must be able to do, each as one statement.

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";

const LIST_USABLE_MS = 5000;

const rows = (page) => page.getByRole("grid", { name: "Traces" }).locator('[role="row"][id]');
const activeRow = (page) => page.locator('[role="row"][aria-selected="true"]');

async function openList({ open, base, project }, settings, search = "") {
  const page = await open(settings);
  await page.goto(`${base}/p/${project}/traces${search}`);
  await rows(page).first().waitFor({ timeout: LIST_USABLE_MS });
  return page;
}

/** A list that may have no rows. */
async function openView({ open, base, project }, search) {
  const page = await open({});
  await page.goto(`${base}/p/${project}/traces${search}`);
  await page.getByRole("heading", { name: "Traces" }).waitFor({ timeout: LIST_USABLE_MS });
  return page;
}

/** A project name nobody has used. */
const unused = () => `unused-${process.pid}-${Math.floor(performance.now())}`;

/** Sends one request to the receiver as a program would. */
function send(base, body, { project, type = "application/json", path = "/v1/traces" } = {}) {
  const headers = { "content-type": type };
  if (project) headers["x-clew-project"] = project;
  return fetch(`${base}${path}`, { method: "POST", headers, body });
}

const hex = (digits) =>
  Array.from({ length: digits }, () => Math.floor(Math.random() * 16).toString(16)).join("");

/** One model call as OTLP JSON. */
function modelCall({
  traceId = hex(32),
  content = true,
  llm = true,
  name = "chat gpt-5-mini",
} = {}) {
  const now = BigInt(Date.now()) * 1_000_000n;
  const text = (key, stringValue) => ({ key, value: { stringValue } });
  const message = (role, words) =>
    JSON.stringify([{ role, parts: [{ type: "text", content: words }] }]);
  const attributes = [];
  if (llm) {
    attributes.push(
      text("gen_ai.operation.name", "chat"),
      text("gen_ai.provider.name", "openai"),
      text("gen_ai.request.model", "gpt-5-mini"),
      { key: "gen_ai.usage.input_tokens", value: { intValue: "14" } },
      { key: "gen_ai.usage.output_tokens", value: { intValue: "9" } },
    );
  }
  if (llm && content) {
    attributes.push(
      text("gen_ai.input.messages", message("user", "What is a clew?")),
      text("gen_ai.output.messages", message("assistant", "A ball of thread.")),
    );
  }
  const span = {
    traceId,
    spanId: hex(16),
    name,
    kind: 3,
    startTimeUnixNano: String(now - 2_000_000_000n),
    endTimeUnixNano: String(now),
    attributes,
  };
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
}

export const cases = {
  "the root leads to the list of the last project": async (tools) => {
    const page = await tools.open({ settings: { lastProject: tools.project } });
    await page.goto(`${tools.base}/`);
    await rows(page).first().waitFor({ timeout: LIST_USABLE_MS });
    assert.match(page.url(), new RegExp(`/p/${tools.project}/traces$`));
  },

  "the list is walked and a trace opened with the keyboard alone": async (tools) => {
    const page = await openList(tools);
    await page.keyboard.press("j");
    const first = await activeRow(page).getAttribute("id");
    await page.keyboard.press("ArrowDown");
    const second = await activeRow(page).getAttribute("id");
    assert.notEqual(second, first);
    await page.keyboard.press("k");
    assert.equal(await activeRow(page).getAttribute("id"), first);
    await page.keyboard.press("End");
    await page.keyboard.press("Home");
    assert.equal(await activeRow(page).getAttribute("id"), first);
    await page.keyboard.press("Enter");
    await page.waitForURL(new RegExp(`/traces/${first.slice("row-".length)}`));
    await page.goBack();
    await rows(page).first().waitFor();
    assert.equal(await activeRow(page).getAttribute("id"), first, "the place in the list is kept");
  },

  "y copies the trace id and Y a link that needs nothing else": async (tools) => {
    const page = await openList(tools, {}, "?t=30d");
    await page.keyboard.press("j");
    const id = (await activeRow(page).getAttribute("id")).slice("row-".length);
    await page.keyboard.press("y");
    await page.getByText("Copied the trace id").waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), id);
    await page.keyboard.press("Y");
    await page.getByText("Copied the link").waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(link, /[?&]t=\d{4}-\d\d-\d\dT[\d:.]+Z~\d{4}/, "the rolling range is pinned");
  },

  "a list is saved as a view, edited, updated, shared by a link and removed": async (tools) => {
    const name = `Failed ${hex(6)}`;
    const page = await openList(tools, {}, "?q=status%3Aerror&t=30d");
    await page.keyboard.press("v");
    await page.getByRole("menuitem", { name: "Save as..." }).click();
    const dialog = page.getByRole("dialog", { name: "Save this list as a view" });
    await dialog.getByLabel("Name").fill(name);
    await tools.axe(page);
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: `View: ${name}`, exact: true }).waitFor();
    await page.waitForURL(/[?&]view=\d+/);
    const view = new URL(page.url()).searchParams.get("view");

    // An edit on top shows a dot; the link carries it.
    const filter = page.getByRole("combobox", { name: "Filter" });
    await filter.fill("status:error cost > $0");
    await filter.press("Enter");
    const edited = page.getByRole("button", { name: `View: ${name}, edited` });
    await edited.waitFor();
    await edited.click();
    await page.getByRole("menuitem", { name: "Update the view" }).waitFor();
    await tools.shot(page, "views-menu-edited");
    await page.getByRole("menuitem", { name: "Update the view" }).click();
    await page.getByRole("button", { name: `View: ${name}`, exact: true }).waitFor();

    // The id alone is a link: the view says the rest.
    const other = await openView(tools, `?view=${view}`);
    const told = other.getByRole("combobox", { name: "Filter" });
    assert.equal(await told.inputValue(), "status:error cost > $0");
    await other.getByRole("button", { name: "Last 30 days" }).waitFor();
    await other.keyboard.press("v");
    await other.getByRole("menuitemradio", { name: new RegExp(name) }).waitFor();
    await tools.shot(other, "views-menu");
    await other.getByRole("menuitem", { name: "Remove the view..." }).click();
    await tools.axe(other);
    await other.getByRole("button", { name: "Remove the view" }).click();
    await other.getByRole("button", { name: "Views", exact: true }).waitFor();
    assert.equal(new URL(other.url()).searchParams.get("view"), null);

    // A link to a view that has gone says so.
    const late = await openView(tools, `?view=${view}`);
    await late.getByText("Ignored in the address").waitFor();
  },

  "w tells what is different about failed traces, and a value narrows the list": async (tools) => {
    for (const theme of ["light", "dark"]) {
      const page = await openList(tools, { theme });
      await page.keyboard.press("w");
      const panel = page.getByRole("complementary", { name: "What is different here?" });
      await panel.getByRole("heading", { name: "What happened in them" }).waitFor();
      await page.waitForURL(/[?&]why=1/);
      await tools.axe(page);
      await tools.shot(page, `why-${theme}`);
      const value = panel.getByRole("button", { name: /^RateLimitError .*here.*of the rest/ });
      await value.first().click();
      await page.waitForURL(/q=error:RateLimitError/);
      await panel.getByText("error:RateLimitError").first().waitFor();
      await panel.getByRole("button", { name: "Close" }).click();
      await page.waitForURL((url) => !url.searchParams.has("why"));
    }
  },

  "a sorted and ranged list is a link, and back undoes a choice": async (tools) => {
    const page = await openList(tools);
    await page.getByRole("button", { name: "Duration" }).click();
    await page.waitForURL(/sort=-duration/);
    await page.keyboard.press("t");
    await page.getByRole("dialog", { name: "Time range" }).waitFor();
    await page.getByRole("button", { name: "Last 30 days" }).click();
    await page.waitForURL(/t=30d/);
    const link = page.url();
    await page.goBack();
    await page.waitForURL((url) => !url.searchParams.has("t"));
    const other = await tools.open();
    await other.goto(link);
    await other.getByRole("button", { name: /Last 30 days/ }).waitFor();
    await other.locator('[aria-sort="descending"]', { hasText: "Duration" }).waitFor();
  },

  "what the address has wrong is said and ignored": async (tools) => {
    const page = await openList(tools, {}, "?t=soon&other=1");
    await page.getByText("Ignored in the address").waitFor();
    assert.match(page.url(), /other=1/);
    await page.getByRole("button", { name: "Dismiss" }).click();
    assert.equal(await page.getByText("Ignored in the address").count(), 0);
  },

  "a range without traces says where the nearest are": async (tools) => {
    const page = await tools.open();
    const range = "1999-01-01T00:00:00Z~1999-01-02T00:00:00Z";
    await page.goto(`${tools.base}/p/${tools.project}/traces?t=${range}`);
    await page.getByRole("heading", { name: "No traces in this range" }).waitFor();
    await tools.axe(page);
    await page.getByRole("button", { name: "Go to that day" }).click();
    await rows(page).first().waitFor();
  },

  "a filter is typed, told of where it is wrong, and kept in the link": async (tools) => {
    const page = await openList(tools);
    await page.keyboard.press("/");
    const field = page.getByRole("combobox", { name: "Filter" });
    await field.fill("status:error");
    await field.press("Enter");
    await page.waitForURL(/q=status:error/);
    // The rows of before stay, dimmed, until the answer is there.
    await rows(page).getByRole("img", { name: "OK" }).first().waitFor({ state: "detached" });
    const failed = await rows(page).getByRole("img", { name: "Error" }).count();
    assert.ok(failed > 0);
    assert.equal(failed, await rows(page).count(), "every row has failed");
    await field.fill("status:error colour:red");
    await field.press("Enter");
    await page.getByRole("alert").getByText("colour").first().waitFor();
    await tools.axe(page);
    await tools.shot(page, "filter-mistake");
    await field.fill("name:nobody-called-a-trace-so");
    await field.press("Enter");
    await page.getByRole("heading", { name: "No trace matches" }).waitFor();
    await page.getByRole("button", { name: "Clear the filter" }).last().click();
    await rows(page).first().waitFor();
    assert.equal(new URL(page.url()).searchParams.get("q"), null);
  },

  "a filter is completed from the language and from the data, by keyboard": async (tools) => {
    const page = await openList(tools);
    await page.keyboard.press("/");
    const field = page.getByRole("combobox", { name: "Filter" });
    await field.pressSequentially("stat");
    await page.getByRole("option", { name: /^status_message/ }).waitFor();
    await tools.axe(page);
    await field.press("ArrowDown");
    await field.press("Enter");
    assert.equal(await field.inputValue(), "status");
    await field.pressSequentially(":e");
    await page.getByRole("option", { name: /^error.*spans?$/ }).waitFor();
    await tools.shot(page, "filter-suggestions");
    await field.press("ArrowDown");
    await field.press("Enter");
    assert.equal(await field.inputValue(), "status:error ");
    // What stands behind the caret stays.
    await field.fill("x status:ok");
    await page.getByRole("option", { name: /^ok/ }).waitFor();
    await field.press("Escape");
    await page.getByRole("option").first().waitFor({ state: "detached" });
    await field.press("Home");
    assert.equal(await field.evaluate((input) => input.selectionStart), 0);
    await field.press("Delete");
    await field.pressSequentially("lev");
    await page.getByRole("option", { name: /^level/ }).waitFor();
    await field.press("ArrowDown");
    await field.press("Enter");
    assert.equal(await field.inputValue(), "level status:ok");
    await field.pressSequentially(":");
    assert.equal(await field.inputValue(), "level: status:ok");
    // Escape takes the suggestions away first, then what was typed.
    await page.getByRole("option", { name: /^error/ }).waitFor();
    await field.press("Escape");
    await page.getByRole("option").first().waitFor({ state: "detached" });
    assert.equal(await field.inputValue(), "level: status:ok");
    await field.press("Escape");
    assert.equal(await field.inputValue(), "");
  },

  "a new trace waits for the pill and shifts nothing": async (tools) => {
    const page = await openList(tools);
    await page.getByRole("button", { name: "Live", exact: true }).waitFor();
    const before = await rows(page).first().getAttribute("id");
    const traceId = hex(32);
    const answer = await send(tools.base, modelCall({ traceId }), { project: tools.project });
    assert.equal(answer.status, 200);
    await page.getByRole("button", { name: "Show 1 new traces" }).waitFor();
    assert.equal(await rows(page).first().getAttribute("id"), before);
    await page.getByRole("grid").evaluate((grid) => {
      grid.scrollTop = 600;
    });
    await page.keyboard.press("n");
    await page.locator(`#row-${traceId}`).waitFor();
    assert.equal(await page.getByRole("grid").evaluate((grid) => grid.scrollTop), 0);
    assert.equal(await rows(page).first().getAttribute("id"), `row-${traceId}`);
  },

  "a long list holds few rows in the page": async (tools) => {
    const page = await openList(tools);
    await page.getByRole("grid").evaluate((grid) => {
      grid.scrollTop = grid.scrollHeight;
    });
    await page.waitForTimeout(300);
    const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
    assert.ok(nodes < 3000, `${nodes} nodes`);
  },

  "the permalink of a trace needs no project": async (tools) => {
    const list = await fetch(`${tools.base}/api/v1/projects/${tools.project}/traces?limit=1`);
    const id = (await list.json()).traces[0].trace_id;
    const page = await tools.open();
    await page.goto(`${tools.base}/t/${id}`);
    await page.waitForURL(new RegExp(`/p/${tools.project}/traces/${id}`));
  },

  "an unknown trace says that it is not here": async (tools) => {
    const page = await tools.open();
    await page.goto(`${tools.base}/t/${"f".repeat(32)}`);
    await page.getByRole("alert").getByText("Could not find trace").waitFor();
    await tools.axe(page);
  },

  "an unknown address leads back": async (tools) => {
    const page = await tools.open();
    await page.goto(`${tools.base}/nowhere`);
    await page.getByText("No page has this address.").waitFor();
    await tools.axe(page);
  },

  "the theme is chosen, kept, and set before the first paint": async (tools) => {
    const page = await openList(tools, { theme: "light" });
    await page.getByRole("button", { name: "Display" }).click();
    await page.getByRole("radio", { name: "Dark" }).check();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    await page.reload({ waitUntil: "commit" });
    await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  },

  "one time zone holds everywhere": async (tools) => {
    const page = await openList(tools);
    const berlin = await rows(page).first().locator("time").innerText();
    await page.keyboard.press("t");
    await page.getByLabel("Time zone").selectOption("Asia/Tokyo");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /Tokyo \+09:00/ }).waitFor();
    const tokyo = await rows(page).first().locator("time").innerText();
    assert.notEqual(tokyo, berlin);
    assert.equal(tokyo.slice(-5), berlin.slice(-5), "minutes and seconds are the same");
  },

  "the navigation collapses and the key sheet opens by key": async (tools) => {
    const page = await openList(tools);
    await page.keyboard.press("[");
    await page.waitForFunction(() => document.querySelector("nav").offsetWidth === 48);
    await page.keyboard.press("?");
    const sheet = page.getByRole("dialog", { name: "Keys of this page" });
    await sheet.getByText("Change the time range").waitFor();
    await page.keyboard.press("Escape");
    await sheet.waitFor({ state: "detached" });
  },

  "the list is accessible in both themes and with its menus open": async (tools) => {
    for (const theme of ["light", "dark"]) {
      const page = await openList(tools, { theme });
      await page.keyboard.press("j");
      await tools.axe(page);
      await tools.shot(page, `traces-${theme}`);
      await page.keyboard.press("t");
      await page.getByRole("dialog", { name: "Time range" }).waitFor();
      await tools.axe(page);
      await page.keyboard.press("Escape");
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keys of this page" }).waitFor();
      await tools.axe(page);
    }
  },

  "a server that fails is told of, with a retry": async (tools) => {
    const page = await tools.open();
    const problem = { type: "about:blank", title: "Not allowed", status: 403, detail: "no" };
    await page.route("**/api/v1/projects/*/traces?*", (route) =>
      route.fulfill({
        status: 403,
        contentType: "application/problem+json",
        body: JSON.stringify(problem),
      }),
    );
    await page.goto(`${tools.base}/p/${tools.project}/traces`);
    await page.getByRole("heading", { name: "Could not load the traces" }).waitFor();
    await tools.axe(page);
    await page.unroute("**/api/v1/projects/*/traces?*");
    await page.getByRole("button", { name: "Retry" }).click();
    await rows(page).first().waitFor();
  },

  "the first-run page is accessible in both themes": async (tools) => {
    for (const theme of ["light", "dark"]) {
      const page = await tools.open({ theme });
      await page.goto(`${tools.base}/p/${unused()}/traces`);
      await page.getByRole("heading", { name: "Send your first trace" }).waitFor();
      await page.getByText("(HTTP)").waitFor();
      await tools.axe(page);
      await tools.shot(page, `first-run-${theme}`);
    }
  },

  "the chosen language of the first-run page is a link": async (tools) => {
    const page = await tools.open();
    await page.goto(`${tools.base}/p/${unused()}/traces`);
    await page.getByRole("tab", { name: "Go", exact: true }).click();
    await page.waitForURL(/lang=go/);
    await page.reload();
    await page.getByText("go get go.opentelemetry.io/otel").waitFor();
  },

  "the first-run page follows a first trace from refusal to success": async (tools) => {
    const project = unused();
    const page = await tools.open();
    await page.goto(`${tools.base}/p/${project}/traces`);
    await page.getByRole("heading", { name: "Waiting for the first trace" }).waitFor();
    // The stream must stand before the request, or the event is history and not news.
    await page.waitForTimeout(500);

    const refused = await send(tools.base, "hello", { project, type: "text/plain" });
    assert.ok(refused.status >= 400, `the server answered ${refused.status}`);
    await page.getByText(`Rejected: ${refused.status}`).waitFor();
    await tools.shot(page, "first-run-rejected");

    await send(tools.base, modelCall({ llm: false, name: "handle" }), { project });
    await page.getByText("Spans arrive but carry no model calls").waitFor();

    const traceId = hex(32);
    await send(tools.base, modelCall({ traceId }), { project });
    await page.getByRole("heading", { name: "The first trace is here" }).waitFor();
    await page.getByText("Model, tokens and messages recognized").waitFor();
    await tools.axe(page);
    await tools.shot(page, "first-run-done");
    await page.getByRole("link", { name: "Open the trace" }).click();
    await page.waitForURL(new RegExp(`/p/${project}/traces/[0-9a-f]{32}`));
  },

  "the first load stays within its budget": async (tools) => {
    const page = await tools.open();
    const scripts = [];
    const fonts = [];
    page.on("response", async (response) => {
      const type = response.request().resourceType();
      if (type === "script") scripts.push(response.body());
      if (type === "font") fonts.push(response.body());
    });
    await page.goto(`${tools.base}/p/${tools.project}/traces`);
    await rows(page).first().waitFor();
    const bytes = (await Promise.all(scripts)).reduce(
      (sum, body) => sum + gzipSync(body).length,
      0,
    );
    const fontBytes = (await Promise.all(fonts)).reduce((sum, body) => sum + body.length, 0);
    assert.ok(bytes <= 240_000, `scripts are ${bytes} bytes gzipped`);
    assert.ok(fontBytes <= 92_000, `fonts are ${fontBytes} bytes`);
  },

  "system health says what came in and what was refused, and keeps up by itself": async (tools) => {
    const page = await openList(tools);
    await page.keyboard.press("g");
    await page.keyboard.press("h");
    await page.getByRole("heading", { name: "System health" }).waitFor();
    assert.match(page.url(), /\/system$/);
    await page.getByText("What is sent is stored.").waitFor();
    const ledger = page.getByRole("region", { name: "Received today" });
    await ledger.getByRole("row", { name: /^Stored/ }).waitFor();
    const counts = async () => {
      const rows = await ledger.getByRole("row").all();
      const cells = await Promise.all(
        rows.map(async (row) => [
          await row.getByRole("rowheader").innerText(),
          Number((await row.getByRole("cell").first().innerText()).replaceAll(",", "")),
          await row.getAttribute("data-inner"),
        ]),
      );
      const big = await ledger.locator("p").first().innerText();
      return { cells, received: Number(big.replace(/[^0-9]/g, "")) };
    };
    const before = await counts();
    const sum = before.cells.filter(([, , inner]) => inner !== "true");
    assert.equal(
      sum.reduce((all, [, count]) => all + count, 0),
      before.received,
    );
    await send(tools.base, modelCall());
    assert.equal((await send(tools.base, "{", { type: "text/plain" })).status, 415);
    const refused = page.getByRole("region", { name: "Refused requests" });
    await refused.getByRole("row", { name: /^Not OTLP/ }).waitFor();
    const protocols = page.getByRole("region", { name: "Coming in now" });
    await protocols.getByRole("row", { name: /^http\/json/ }).waitFor();
    const ends = Date.now() + 10_000;
    while ((await counts()).received <= before.received) {
      assert.ok(Date.now() < ends, "what was sent is never shown as received");
      await page.waitForTimeout(200);
    }

    await page.keyboard.press("p");
    await page.getByRole("button", { name: "Go on" }).waitFor();
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.waitForTimeout(3000);
    assert.deepEqual(asked, [], "a paused page asks for nothing");
    await page.keyboard.press("p");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.getByRole("button", { name: "Copy diagnostics" }).click();
    const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
    assert.equal(copied.state.name, "accepting");
  },

  "system health says what is wrong, and keeps the last figures when nobody answers": async (
    tools,
  ) => {
    const page = await tools.open();
    await page.route("**/api/v1/system*", async (route) => {
      const answer = await (await route.fetch()).json();
      answer.state = { name: "stopped", reason: "no space left on device" };
      answer.damaged = [{ name: "segments/7/core.parquet", reason: "checksum does not match" }];
      answer.storage.disk_free_bytes = 1000;
      await route.fulfill({ json: answer });
    });
    await page.goto(`${tools.base}/system`);
    await page.getByText("Stopped", { exact: true }).waitFor();
    await page.getByText("No space left on device.").waitFor();
    await page.getByRole("row", { name: /core\.parquet/ }).waitFor();
    await page.getByText("The disk is nearly full.").waitFor();
    await tools.axe(page);
    await tools.shot(page, "system-stopped");
    await page.unroute("**/api/v1/system*");
    await page.route("**/api/v1/system*", (route) => route.abort());
    await page.getByText("The server does not answer.").waitFor();
    await page.getByRole("row", { name: /core\.parquet/ }).waitFor();
    await tools.axe(page);

    const fresh = await tools.open();
    await fresh.route("**/api/v1/system*", (route) => route.abort());
    await fresh.goto(`${tools.base}/system`);
    await fresh.getByText("Could not ask the server how it is doing").waitFor();
    await tools.axe(fresh);
    await fresh.unroute("**/api/v1/system*");
    await fresh.getByText("What is sent is stored.").waitFor();
  },

  "axe finds nothing on system health, in both themes and on a phone": async (tools) => {
    for (const theme of ["light", "dark"]) {
      for (const width of [1440, 390]) {
        const page = await tools.open({ theme, width });
        await page.goto(`${tools.base}/system`);
        await page.getByText("What is sent is stored.").waitFor();
        await tools.axe(page);
        await tools.shot(page, `system-${theme}-${width}`);
      }
    }
  },
};
