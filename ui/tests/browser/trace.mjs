// Drives the trace page of a running server with a real browser: `node tests/browser/trace.mjs --base URL`.
// Sends its own traces as OTLP JSON, so it needs nothing in the store beforehand.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const { values } = parseArgs({
  options: {
    base: { type: "string", default: "http://127.0.0.1:4318" },
    browser: { type: "string", default: "/usr/bin/chromium" },
    shots: { type: "string" },
  },
});
const BASE = values.base.replace(/\/$/, "");
const NODES_MAX = 1500;
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const START = BigInt(Date.now() - 600_000) * 1_000_000n;

const hex = (bytes) => randomBytes(bytes).toString("hex");
const nanos = (seconds) => String(START + BigInt(Math.round(seconds * 1e9)));

function attribute(key, value) {
  if (typeof value === "number") {
    return {
      key,
      value: Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value },
    };
  }
  return { key, value: { stringValue: typeof value === "string" ? value : JSON.stringify(value) } };
}

function span(
  traceId,
  name,
  from,
  to,
  { parent, attributes = {}, error, events = [], kind = 1 } = {},
) {
  return {
    traceId,
    spanId: hex(8),
    ...(parent ? { parentSpanId: parent.spanId ?? parent } : {}),
    name,
    kind,
    startTimeUnixNano: nanos(from),
    endTimeUnixNano: nanos(to),
    attributes: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
    status: error ? { code: 2, message: error } : {},
    events,
  };
}

async function send(spans) {
  for (let from = 0; from < spans.length; from += 1000) {
    const response = await fetch(`${BASE}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        resourceSpans: [
          {
            resource: { attributes: [attribute("service.name", "browser-test")] },
            scopeSpans: [
              { scope: { name: "browser-test" }, spans: spans.slice(from, from + 1000) },
            ],
          },
        ],
      }),
    });
    assert.equal(response.status, 200, await response.text());
  }
}

const text = (role, content) => ({ role, parts: [{ type: "text", content }] });

const HOSTILE = [
  '<img src="https://foreign.example/a.png" onerror="alert(1)"><script>alert(2)</script>',
  "![pixel](https://foreign.example/pixel.png?secret=1) [link](javascript:alert(3))",
  "\u001b[31mred\u001b[0m \u202egnp.exe שלום",
  "x".repeat(300_000),
].join("\n\n");

function chat(output, more = {}) {
  return {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": "claude-sonnet-4-5",
    "gen_ai.usage.input_tokens": 900,
    "gen_ai.usage.output_tokens": 40,
    "gen_ai.input.messages": [text("user", "Where is my order 4821?")],
    ...(output ? { "gen_ai.output.messages": output } : {}),
    ...more,
  };
}

/** A failed run with a repeated tool, one plumbing span, and contents that try to do harm. */
function ticketTrace() {
  const traceId = hex(16);
  const root = span(traceId, "handle_ticket", 0, 60, {
    attributes: { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "handle_ticket" },
    error: "rate limited",
  });
  const call = { type: "tool_call", id: "c1", name: "carrier_status", arguments: { id: "4821" } };
  const first = span(traceId, "chat claude-sonnet-4-5", 1, 5, {
    parent: root,
    attributes: chat([{ role: "assistant", parts: [call], finish_reason: "tool_call" }], {
      "shop.basket": "7 lamps",
    }),
  });
  const http = span(traceId, "POST", 1.1, 4.9, {
    parent: first,
    kind: 3,
    attributes: { "http.request.method": "POST", "url.full": "https://api.example/v1/messages" },
  });
  const tools = Array.from({ length: 24 }, (_, n) =>
    span(traceId, "execute_tool carrier_status", 6 + n * 2, 7.5 + n * 2, {
      parent: root,
      attributes: { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "carrier_status" },
    }),
  );
  const hostile = span(traceId, "chat claude-sonnet-4-5", 54, 56, {
    parent: root,
    attributes: chat([text("assistant", HOSTILE)]),
  });
  const unpriced = span(traceId, "chat house-model-1", 56, 56.5, {
    parent: root,
    attributes: chat([text("assistant", "Yes.")], {
      "gen_ai.provider.name": "house",
      "gen_ai.request.model": "house-model-1",
    }),
  });
  const failed = span(traceId, "chat claude-sonnet-4-5", 56, 59, {
    parent: root,
    attributes: chat(undefined, { "error.type": "RateLimitError" }),
    error: "429 tokens per minute",
    events: [
      {
        name: "exception",
        timeUnixNano: nanos(59),
        attributes: [
          attribute("exception.type", "RateLimitError"),
          attribute("exception.message", "429 tokens per minute"),
          attribute("exception.stacktrace", "Traceback\n  agent.py:12"),
        ],
      },
    ],
  });
  return {
    traceId,
    root,
    first,
    http,
    hostile,
    unpriced,
    failed,
    spans: [root, first, http, ...tools, hostile, unpriced, failed],
  };
}

/** Ten thousand spans, wide and deep, with names that do not fold. */
function largeTrace(count) {
  const traceId = hex(16);
  const spans = [span(traceId, "large", 0, count / 100)];
  for (let n = 1; n < count; n++) {
    const parent = spans[n < 200 ? 0 : Math.floor(n / 8)];
    const attributes = { "input.value": `question ${n}`, "output.value": `answer ${n}` };
    spans.push(span(traceId, `step ${n}`, n / 100, n / 100 + 0.5, { parent, attributes }));
  }
  return { traceId, spans };
}

const browser = await chromium.launch({ executablePath: values.browser, args: ["--no-sandbox"] });
const context = await browser.newContext({
  viewport: { width: 1440, height: 900 },
  colorScheme: "light",
});
const page = await context.newPage();
const trouble = [];
page.on("pageerror", (error) => trouble.push(`page error: ${error.message}`));
page.on("dialog", (dialog) => {
  trouble.push(`dialog: ${dialog.message()}`);
  dialog.dismiss();
});
page.on("request", (request) => {
  const url = request.url();
  if (!url.startsWith(BASE) && !url.startsWith("data:")) trouble.push(`foreign request: ${url}`);
});
await page.addInitScript(() => {
  globalThis.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
  });
});

const selectedRow = () => page.locator('[role=row][aria-selected="true"]');
const nodeCount = () => page.evaluate(() => document.querySelectorAll("*").length);
const inAddress = (name) => new URL(page.url()).searchParams.get(name);
const shot = (name) =>
  values.shots ? page.screenshot({ path: `${values.shots}/${name}.png` }) : undefined;

async function open(address) {
  await page.goto(`${BASE}${address}`);
  await page.locator("[role=treegrid] [role=row]").first().waitFor({ timeout: 30_000 });
}

async function until(what, check) {
  const ends = Date.now() + 10_000;
  while (!(await check())) {
    assert.ok(Date.now() < ends, `waited in vain until ${what}`);
    await page.waitForTimeout(50);
  }
}

async function noAxeViolations(name) {
  await page.addScriptTag({ path: AXE }).catch(() => page.evaluate(readAxe()));
  const violations = await page.evaluate(async () => {
    const result = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return result.violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ target }) => target.join(" "))
          .slice(0, 3)
          .join(" | ")}`,
    );
  });
  assert.deepEqual(violations, [], `axe on ${name}`);
}

/** A policy may forbid script tags; evaluating goes past it, for the test alone. */
function readAxe() {
  return createRequire(import.meta.url)("node:fs").readFileSync(AXE, "utf8");
}

const tests = {
  async "a permalink opens the failed run at its deepest failure"() {
    await send(ticket.spans);
    await open(`/t/${ticket.traceId}`);
    await until("the permalink leads to a project", () => /\/p\/[^/]+\/traces\//.test(page.url()));
    await until("the failure is selected", () => inAddress("span") === ticket.failed.spanId);
    await page.getByRole("region", { name: "Error" }).waitFor();
    const error = await page.getByRole("region", { name: "Error" }).innerText();
    assert.match(error, /RateLimitError/);
    assert.match(error, /429 tokens per minute/);
    await shot("trace-light");
  },

  async "a tool called 24 times is one row that opens"() {
    const row = page.locator("[role=row]", { hasText: "× 24" });
    assert.equal(await row.count(), 1);
    assert.match(await row.getAttribute("aria-label"), /24 calls/);
    const before = Number(await page.locator("[role=treegrid]").getAttribute("aria-rowcount"));
    await row.click();
    await page.keyboard.press("ArrowRight");
    await until(
      "the fold is open",
      async () => (await row.getAttribute("aria-expanded")) === "true",
    );
    const after = Number(await page.locator("[role=treegrid]").getAttribute("aria-rowcount"));
    assert.equal(after, before + 24);
    await until("the address says so", () => inAddress("fold")?.startsWith("r"));
    await page.keyboard.press("ArrowLeft");
  },

  async "keys walk the rows, and the address follows"() {
    await page.keyboard.press("Home");
    await until("the root is selected", () => inAddress("span") === ticket.root.spanId);
    await page.keyboard.press("j");
    await until("the next row is selected", () => inAddress("span") === ticket.first.spanId);
    await page.keyboard.press("u");
    await until("the parent is selected", () => inAddress("span") === ticket.root.spanId);
    await page.keyboard.press(".");
    await until("the next error is selected", () => inAddress("span") === ticket.failed.spanId);
    await page.keyboard.press("z");
    await until("the span fills the axis", () => inAddress("zoom") !== null);
    await page.keyboard.press("0");
    await until("the whole trace is back", () => inAddress("zoom") === null);
  },

  async "plumbing is hidden, marked, and shown on demand"() {
    const row = (id) => page.locator(`[id="row-${id}"]`);
    assert.equal(await row(ticket.http.spanId).count(), 0);
    assert.equal(
      await row(ticket.first.spanId)
        .getByRole("button", { name: /hidden span/ })
        .count(),
      1,
    );
    await page.keyboard.press("n");
    await row(ticket.http.spanId).waitFor();
    await page.keyboard.press("n");
    await row(ticket.http.spanId).waitFor({ state: "detached" });
  },

  async "a link to a hidden span shows it"() {
    await open(`/t/${ticket.traceId}?span=${ticket.http.spanId}`);
    await until(
      "it is selected",
      async () => (await selectedRow().getAttribute("id")) === `row-${ticket.http.spanId}`,
    );
  },

  async "a parameter that cannot be used is named and the rest is kept"() {
    await open(`/p/default/traces/${ticket.traceId}?zoom=wide&noise=1&mine=7`);
    await page.getByText("cannot be used").waitFor();
    await until("the address is settled", () => inAddress("span") === ticket.failed.spanId);
    assert.equal(inAddress("mine"), "7");
    assert.equal(inAddress("noise"), "1");
    assert.equal(await page.locator(`[id="row-${ticket.http.spanId}"]`).count(), 1);
  },

  async "hostile contents are text"() {
    await open(`/t/${ticket.traceId}?span=${ticket.hostile.spanId}`);
    const panel = page.getByRole("complementary", { name: "Span" });
    await panel.getByText("onerror=").first().waitFor();
    assert.equal(await panel.locator("img, script, iframe").count(), 0);
    assert.deepEqual(await page.evaluate(() => globalThis.violations), []);
    assert.ok((await nodeCount()) <= NODES_MAX);
    await shot("hostile");
  },

  async "every tab of the panel opens"() {
    const panel = page.getByRole("complementary", { name: "Span" });
    const tabs = panel.getByRole("tab");
    for (let n = 0; n < (await tabs.count()); n++) {
      await tabs.nth(n).click();
      await until(
        "it is selected",
        async () => (await tabs.nth(n).getAttribute("aria-selected")) === "true",
      );
      await until("it shows something", async () => {
        return (await panel.getByRole("tabpanel").innerText()).length > 0;
      });
    }
  },

  async "the sources of a span are asked for when their tab is opened, and it is a link"() {
    const asked = [];
    const note = (request) => /\/(explain|cost)$/.test(request.url()) && asked.push(request.url());
    page.on("request", note);
    await open(`/t/${ticket.traceId}?span=${ticket.first.spanId}`);
    const panel = page.getByRole("complementary", { name: "Span" });
    const tab = panel.getByRole("tab", { name: "Sources" });
    await panel.getByRole("tab", { name: /^Attributes/ }).focus();
    assert.deepEqual(asked, []);
    await page.keyboard.press("ArrowRight");
    await until("the arrow opens it", async () => {
      return (await tab.getAttribute("aria-selected")) === "true";
    });
    await panel.getByText("attribute gen_ai.request.model").waitFor();
    page.off("request", note);
    assert.equal(asked.length, 1);
    await until("the address names it", () => inAddress("tab") === "sources");
    await page.reload();
    await panel.getByText("attribute gen_ai.request.model").waitFor();
    await shot("sources");
  },

  async "an attribute that no rule reads leads to it among the attributes"() {
    const panel = page.getByRole("complementary", { name: "Span" });
    const unread = panel.getByRole("region", { name: "Attributes no rule reads" });
    await unread.getByRole("button", { name: "shop.basket" }).press("Enter");
    const filter = panel.getByRole("searchbox");
    await until("the filter holds it", async () => (await filter.inputValue()) === "shop.basket");
    await until("the filter has the focus", () =>
      filter.evaluate((input) => input === document.activeElement),
    );
    await panel.getByText("7 lamps").waitFor();
    await until("the address names the tab", () => inAddress("tab") === "attributes");
  },

  async "sources that cannot be loaded say so and are asked for again"() {
    const address = "**/spans/*/explain";
    const problem = { type: "forbidden", title: "Not allowed", status: 403, detail: "no" };
    await page.route(address, (route) =>
      route.fulfill({
        status: 403,
        contentType: "application/problem+json",
        body: JSON.stringify(problem),
      }),
    );
    await open(`/t/${ticket.traceId}?span=${ticket.failed.spanId}&tab=sources`);
    await page.getByRole("heading", { name: "Could not load the sources" }).waitFor();
    await page.unroute(address);
    await page.getByRole("button", { name: "Retry" }).click();
    await page.getByText("attribute gen_ai.request.model").waitFor();
  },

  async "Enter on a cost tells how it comes about"() {
    await open(`/t/${ticket.traceId}?span=${ticket.first.spanId}`);
    const button = page.getByRole("button", { name: /how it comes about/ });
    await button.press("Enter");
    const account = page.getByRole("dialog", { name: "How this cost comes about" });
    // 900 and 40 tokens at $3 and $15 a million.
    const input = account.getByRole("row", { name: /^Input tokens/ });
    assert.match(await input.innerText(), /900\s+\$3\s+per million\s+\$0\.0027/);
    const sum = account.getByRole("row", { name: /^Computed/ });
    assert.match(await sum.innerText(), /counts[\s\S]*\$0\.0033/);
    await account.getByText("its cost enters the trace's sum").waitFor();
    await shot("cost");
    await page.keyboard.press("Escape");
    await account.waitFor({ state: "detached" });
    assert.ok(await button.evaluate((element) => element === document.activeElement));
  },

  async "a call without a price says why"() {
    await open(`/t/${ticket.traceId}?span=${ticket.unpriced.spanId}`);
    await page.getByRole("button", { name: /no price: how it comes about/ }).click();
    const account = page.getByRole("dialog", { name: "How this cost comes about" });
    await account.getByText("No price:").waitFor();
    await account.getByText("clew prices set").waitFor();
    await shot("no-price");
  },

  async "new spans appear without a reload and the selection stays"() {
    const traceId = hex(16);
    const root = span(traceId, "grows", 0, 599);
    await send([root]);
    await open(`/t/${traceId}`);
    await until("one row", async () => (await page.locator("[role=row]").count()) === 1);
    await until("the address follows", () => inAddress("span") === root.spanId);
    await page.waitForTimeout(500);
    await send([
      span(traceId, "late one", 1, 2, { parent: root }),
      span(traceId, "late two", 3, 4, { parent: root }),
    ]);
    await until("three rows", async () => (await page.locator("[role=row]").count()) === 3);
    assert.equal(await selectedRow().getAttribute("id"), `row-${root.spanId}`);
  },

  async "ten thousand spans scroll within the node budget"() {
    const large = largeTrace(10_000);
    await send(large.spans);
    const asked = [];
    const note = (request) => asked.push(new URL(request.url()).pathname);
    page.on("request", note);
    await open(`/t/${large.traceId}?noise=1`);
    await page.waitForTimeout(300);
    assert.ok(
      asked.some((path) => path.endsWith(`${large.traceId}/skeleton`)),
      "the tree is read",
    );
    assert.ok(
      !asked.some((path) => path.endsWith(large.traceId) && path.startsWith("/api/v1/projects")),
      "the contents of all spans are not",
    );
    const counts = [await nodeCount()];
    const frames = await page.evaluate(async () => {
      const grid = document.querySelector("[role=treegrid]");
      const times = [];
      for (let n = 0; n < 60; n++) {
        const started = performance.now();
        grid.scrollTop += 500;
        await new Promise((done) => requestAnimationFrame(done));
        times.push(performance.now() - started);
      }
      return times.sort((a, b) => a - b);
    });
    counts.push(await nodeCount());
    await page.keyboard.press("End");
    await page.waitForTimeout(300);
    counts.push(await nodeCount());
    const rows = await page.locator("[role=treegrid]").getAttribute("aria-rowcount");
    console.log(
      `    ${rows} rows, ${Math.max(...counts)} nodes, frame p50 ${frames[30].toFixed(1)} ms, p95 ${frames[57].toFixed(1)} ms`,
    );
    assert.ok(Math.max(...counts) <= NODES_MAX, `${counts} nodes`);
    assert.equal(await selectedRow().getAttribute("aria-rowindex"), rows);

    const panel = page.getByRole("complementary", { name: "Span" });
    const answer = (row) => {
      const id = row.slice("row-".length);
      return `answer ${large.spans.findIndex(({ spanId }) => spanId === id)}`;
    };
    const answered = (row) => panel.getByText(answer(row), { exact: true }).first().waitFor();
    await answered(await selectedRow().getAttribute("id"));
    asked.length = 0;
    for (let n = 0; n < 40; n++) await page.keyboard.press("k");
    const last = await selectedRow().getAttribute("id");
    await until("the span that was stopped at is read", () =>
      asked.some((path) => path.endsWith(`/spans/${last.slice("row-".length)}`)),
    );
    await answered(last);
    const spansRead = new Set(asked.filter((path) => path.includes("/spans/"))).size;
    assert.ok(spansRead <= 8, `${spansRead} spans read while 40 rows were passed`);
    page.off("request", note);

    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowLeft");
    await until(
      "one row is left",
      async () => (await page.locator("[role=treegrid]").getAttribute("aria-rowcount")) === "1",
    );
    await page.keyboard.press("ArrowRight");
    await until(
      "all rows are back",
      async () => (await page.locator("[role=treegrid]").getAttribute("aria-rowcount")) === rows,
    );
    await shot("large");
  },

  async "a trace that does not exist says so"() {
    await page.goto(`${BASE}/p/default/traces/${hex(16)}`);
    await page.getByText("No trace").waitFor();
  },

  async "axe finds nothing in both themes"() {
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await open(`/t/${ticket.traceId}`);
      await page.getByRole("region", { name: "Error" }).waitFor();
      await page.waitForTimeout(200);
      await shot(`trace-${colorScheme}`);
      await noAxeViolations(colorScheme);
      await open(`/t/${ticket.traceId}?span=${ticket.first.spanId}&tab=sources`);
      await page.getByText("attribute gen_ai.request.model").waitFor();
      await noAxeViolations(`the sources, ${colorScheme}`);
      await page.getByRole("button", { name: /how it comes about/ }).click();
      await page.getByRole("row", { name: /^Computed/ }).waitFor();
      await noAxeViolations(`a cost, ${colorScheme}`);
    }
  },
};

const ticket = ticketTrace();
let failures = 0;
for (const [name, test] of Object.entries(tests)) {
  trouble.length = 0;
  try {
    await test();
    assert.deepEqual(trouble, []);
    console.log(`ok   ${name}`);
  } catch (error) {
    failures += 1;
    console.log(
      `FAIL ${name}\n     ${error.message.split("\n").slice(0, 12).join("\n     ")}\n     at ${page.url()}`,
    );
    await shot(`failed-${failures}`);
  }
}
await browser.close();
console.log(`${Object.keys(tests).length - failures} passed, ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
