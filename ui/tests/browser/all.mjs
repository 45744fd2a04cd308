// All browser tests: `npm run test:browser -- --base URL`, or with `CLEW_BIN` against a server of
// its own, filled with recorded requests.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { seed, startServer } from "./server.mjs";

const browser = process.env.CLEW_CHROMIUM;
const SCRIPTS = [
  { script: "run.mjs", more: [] },
  { script: "trace.mjs", more: browser ? ["--browser", browser] : [] },
];

const given = process.argv.slice(2);
const binary = process.env.CLEW_BIN;
if (!given.includes("--base") && !binary) {
  console.error("usage: npm run test:browser -- --base http://127.0.0.1:4318, or set CLEW_BIN");
  process.exit(2);
}

const server = given.includes("--base") ? undefined : await startServer(binary);
let failed = false;
try {
  if (server) await seed(server.base);
  const args = server ? ["--base", server.base, ...given] : given;
  for (const { script, more } of SCRIPTS) {
    const code = await run(join(import.meta.dirname, script), [...args, ...more]);
    failed ||= code !== 0;
  }
} finally {
  await server?.stop();
}
process.exit(failed ? 1 : 0);

function run(script, args) {
  const child = spawn(process.execPath, [script, ...args], { stdio: "inherit" });
  return new Promise((done) => child.once("exit", done));
}
