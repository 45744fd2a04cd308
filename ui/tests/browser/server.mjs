// Starts a clew with traces in it, for tests that need a server of their own.

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const FIXTURES = resolve(import.meta.dirname, "../../../fixtures/otlp");
/** More than two pages of the list. */
const PLAIN_TRACES = 250;
const STOP_MS = 10_000;

/** Starts the binary on free ports; answers its address and how to stop it. */
export async function startServer(binary) {
  const data = mkdtempSync(join(tmpdir(), "clew-ui-"));
  const args = ["serve", "--data", data, "--listen", "127.0.0.1:0", "--grpc", "127.0.0.1:0"];
  const child = spawn(binary, [...args, "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise((done) => child.once("exit", done));
  const stop = async () => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await exited;
    clearTimeout(timer);
    rmSync(data, { recursive: true, force: true });
  };
  const first = createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const line = await Promise.race([first, exited.then((code) => ({ value: undefined, code }))]);
  if (!line.value) throw new Error(`the server ended before it was ready (exit ${line.code})`);
  return { base: JSON.parse(line.value).http, stop };
}

/** Sends recorded requests of real SDKs and many plain traces to the default project. */
export async function seed(base) {
  await post(base, "traces", "application/json", plainTraces());
  for (const { signal, body } of recorded()) {
    await post(base, signal, "application/x-protobuf", body);
  }
}

async function post(base, signal, type, body) {
  const headers = { "content-type": type, "x-clew-project": "default" };
  const answer = await fetch(`${base}/v1/${signal}`, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(`seeding ${signal}: ${answer.status} ${await answer.text()}`);
}

function recorded() {
  return readdirSync(FIXTURES, { recursive: true, encoding: "utf8" })
    .map((path) => ({ path, signal: /\d+\.(traces|logs)\.pb$/.exec(path)?.[1] }))
    .filter(({ signal }) => signal !== undefined)
    .map(({ path, signal }) => ({ signal, body: readFileSync(join(FIXTURES, path)) }));
}

const TALK = [
  ["Where is my order 4821?", "Your order shipped yesterday and arrives on Monday."],
  [
    "Can I change the delivery address?",
    "You can change it until the parcel leaves our warehouse.",
  ],
  [
    "What is the warranty on the Aurora desk lamp?",
    "The Aurora desk lamp has a five-year warranty.",
  ],
  ["Do you ship to Norway?", "Yes. Shipping to Norway takes 4 to 6 days and costs €14."],
  ["Der Lieferstatus ist seit drei Tagen unverändert, wo ist mein Paket?", "Es liegt beim Zoll."],
];

/** One model call each, a minute apart, going back from now; every twelfth failed. */
function plainTraces() {
  const now = BigInt(Date.now()) * 1_000_000n;
  const spans = Array.from({ length: PLAIN_TRACES }, (_, i) => plainSpan(i, now));
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

function plainSpan(i, now) {
  const end = now - BigInt(i + 1) * 60_000_000_000n;
  const failed = i % 12 === 5;
  const id = (digits) => `c${(i + 1).toString(16).padStart(digits - 1, "0")}`;
  const text = (key, stringValue) => ({ key, value: { stringValue } });
  const count = (key, value) => ({ key, value: { intValue: String(value) } });
  const said = (role, content) => JSON.stringify([{ role, parts: [{ type: "text", content }] }]);
  const [question, answer] = TALK[i % TALK.length];
  const outcome = failed
    ? [text("error.type", "RateLimitError")]
    : [
        text("gen_ai.output.messages", said("assistant", answer)),
        count("gen_ai.usage.input_tokens", 300 + ((i * 977) % 9000)),
        count("gen_ai.usage.output_tokens", 20 + ((i * 31) % 600)),
      ];
  return {
    traceId: id(32),
    spanId: id(16),
    name: "handle_ticket",
    kind: 3,
    startTimeUnixNano: String(end - BigInt(800 + ((i * 379) % 9000)) * 1_000_000n),
    endTimeUnixNano: String(end),
    status: failed ? { code: 2, message: "429 tokens per minute" } : { code: 1 },
    attributes: [
      text("gen_ai.operation.name", "chat"),
      text("gen_ai.provider.name", "openai"),
      // A model nobody sells has no price, which the list must say.
      text("gen_ai.request.model", i % 9 === 8 ? "house-model-1" : "gpt-5-mini"),
      text("gen_ai.input.messages", said("user", question)),
      ...outcome,
    ],
  };
}
