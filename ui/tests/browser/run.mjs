// Drives the built UI in a real browser against a running server.
//
//   node tests/browser/run.mjs --base http://127.0.0.1:4318 [--project NAME] [--only TEXT] [--shots DIR]
//
// The server must serve the UI and hold traces in the project (default: `default`). Every page is
// watched for CSP violations and for errors on the console; either fails the run.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { cases } from "./cases.mjs";
import { queryCases } from "./query_cases.mjs";
import { savedQueryCases } from "./saved_query_cases.mjs";

const { values: options } = parseArgs({
  options: {
    base: { type: "string" },
    project: { type: "string", default: "default" },
    only: { type: "string" },
    shots: { type: "string" },
  },
});
if (!options.base) {
  console.error("usage: node tests/browser/run.mjs --base http://127.0.0.1:4318");
  process.exit(2);
}
if (options.shots) mkdirSync(options.shots, { recursive: true });

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");
const browser = await chromium.launch({
  executablePath: process.env.CLEW_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--headless"],
});

/** Opens a fresh page that remembers what went wrong on it. */
async function open({ theme = "light", width = 1440, settings = {} } = {}) {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    timezoneId: "Europe/Berlin",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const page = await context.newPage();
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // The browser reports every answer of 400 and above; a case that wants one says so itself.
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) {
      troubles.push(`console: ${message.text()}`);
    }
  });
  await page.exposeFunction("reportViolation", (text) => troubles.push(`CSP: ${text}`));
  await page.addInitScript(
    ({ stored }) => {
      if (!localStorage.getItem("clew.settings")) {
        localStorage.setItem("clew.settings", JSON.stringify(stored));
      }
      addEventListener("securitypolicyviolation", (event) =>
        window.reportViolation(`${event.violatedDirective} ${event.blockedURI}`),
      );
    },
    { stored: { theme, ...settings } },
  );
  return { page, troubles, close: () => context.close() };
}

/** Fails with what axe finds wrong. */
async function axe(page) {
  // Outside the page's own world, so that the CSP need not allow it.
  const found = await page.evaluate(`(() => { ${axeSource}; return axe.run(); })()`);
  const lines = found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}\n  ${target}\n  ${failureSummary}`),
  );
  if (lines.length > 0) throw new Error(`axe finds ${lines.length}:\n${lines.join("\n")}`);
}

async function shot(page, name) {
  if (options.shots) await page.screenshot({ path: join(options.shots, `${name}.png`) });
}

let passed = 0;
let failed = 0;
for (const [name, run] of Object.entries({ ...cases, ...queryCases, ...savedQueryCases })) {
  if (options.only && !name.includes(options.only)) continue;
  const opened = [];
  const tools = {
    base: options.base.replace(/\/$/, ""),
    project: options.project,
    open: async (...settings) => {
      const one = await open(...settings);
      opened.push(one);
      return one.page;
    },
    axe,
    shot,
  };
  try {
    await run(tools);
    const troubles = opened.flatMap((one) => one.troubles);
    if (troubles.length > 0) throw new Error(troubles.join("\n"));
    passed += 1;
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(
      `FAIL  ${name}\n      ${String(error.stack ?? error).replaceAll("\n", "\n      ")}`,
    );
  }
  for (const one of opened) await one.close();
}
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
