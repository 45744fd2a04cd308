import { expect, test } from "vitest";
import { parseReceiverEvent } from "../../src/api/parse";
import { type CheckInput, checkOf } from "../../src/features/first-run/check";
import {
  demoCommand,
  dockerEndpoint,
  endpointFor,
  fillLines,
  piecesOf,
  SNIPPETS,
} from "../../src/features/first-run/snippets";

const ABOUT = { http: "http://127.0.0.1:4318", grpc: "http://127.0.0.1:4317" };
const TRACE = "9a1c4e0f5b2d47c8a3e6f0b1d2c37f02";

function event(more: Record<string, unknown> = {}) {
  return parseReceiverEvent({
    sequence: 1,
    time_unix_nanos: "1763706668000000000",
    peer: "127.0.0.1",
    user_agent: "OTel-OTLP-Exporter-Python/1.45.2",
    protocol: "http/protobuf",
    signal: "traces",
    path: "/v1/traces",
    encoding: "gzip",
    bytes: 412,
    status: 200,
    outcome: "accepted",
    reason: null,
    hint: null,
    project: "default",
    records: 3,
    stored: 3,
    llm_calls: 1,
    content: true,
    trace_id: TRACE,
    ...more,
  });
}

function check(events: CheckInput["events"], more: Partial<CheckInput> = {}) {
  return checkOf({ about: ABOUT, events, project: "default", openedAt: 0n, ...more });
}

function states(events: CheckInput["events"]) {
  return check(events).steps.map(({ id, state }) => `${id} ${state}`);
}

test("before anything arrives the server listens and the rest is open", () => {
  expect(states([])).toEqual(["listening done", "arrived open", "stored open", "recognised open"]);
  expect(check([]).steps[0]?.title).toBe("Listening on `:4318` (HTTP) and `:4317` (gRPC)");
});

test("a complete model call completes the check and offers its trace", () => {
  const done = check([event()]);
  expect(done.complete).toBe(true);
  expect(done.traceId).toBe(TRACE);
  expect(done.steps[1]?.detail).toBe(
    "OTel-OTLP-Exporter-Python/1.45.2 · http/protobuf · gzip · 412 bytes",
  );
});

test("a rejected request says why and what to do", () => {
  const rejected = event({
    status: 415,
    outcome: "rejected",
    reason: "content type `text/plain` is not OTLP",
    hint: "Send application/x-protobuf.",
    project: null,
    stored: 0,
    llm_calls: 0,
    trace_id: null,
  });
  expect(states([rejected])).toContain("rejected failed");
  const step = check([rejected]).steps.find(({ id }) => id === "rejected");
  expect(step?.title).toBe("Rejected: 415");
  expect(step?.detail).toContain("content type `text/plain` is not OTLP");
  expect(step?.hint).toBe("Send application/x-protobuf.");
});

test("a rejection that was put right is no longer told", () => {
  const rejected = event({ outcome: "rejected", status: 415, stored: 0, trace_id: null });
  expect(states([event({ sequence: 2 }), rejected])).not.toContain("rejected failed");
});

test("spans without model calls name the setting that is missing", () => {
  const step = check([event({ llm_calls: 0, content: false })], {
    capture: "CAPTURE=yes",
  }).steps.at(-1);
  expect(step?.state).toBe("warned");
  expect(step?.title).toBe("Spans arrive but carry no model calls");
  expect(step?.hint).toBe("Set `CAPTURE=yes` and run again.");
});

test("model calls without messages are told apart from none", () => {
  const step = check([event({ content: false })]).steps.at(-1);
  expect(step?.title).toBe("Model calls arrive without messages");
});

test("metrics do not pass for a stored span", () => {
  const metrics = event({ signal: "metrics", trace_id: null, llm_calls: 0, content: false });
  expect(states([metrics])).toEqual([
    "listening done",
    "arrived done",
    "stored open",
    "recognised open",
  ]);
});

test("requests for another project are pointed out", () => {
  expect(check([event({ project: "other" })]).otherProject).toBe("other");
  expect(
    check([event({ project: "other" })], { openedAt: 2n ** 62n }).otherProject,
  ).toBeUndefined();
});

test("the project header stands only where it is needed", () => {
  const lines = ["export A={endpoint}", 'export H="x-clew-project={project}"'];
  const endpoint = "http://127.0.0.1:4318";
  expect(fillLines(lines, { endpoint, project: "default" })).toEqual([`export A=${endpoint}`]);
  expect(fillLines(lines, { endpoint, project: "shop" })[1]).toBe('export H="x-clew-project=shop"');
});

test("no snippet leaves a placeholder behind", () => {
  const filling = { endpoint: "http://127.0.0.1:4318", project: "shop" };
  for (const { steps, program } of SNIPPETS) {
    const lines = [...steps, ...(program ? [program] : [])].flatMap((step) => step.lines);
    expect(fillLines(lines, filling).join("\n")).not.toMatch(/\{(endpoint|project|docker)\}/);
    expect(steps.every((step) => step.lines.length > 0)).toBe(true);
  }
});

test("seen from another machine, the page's own address is the endpoint", () => {
  const remote = { hostname: "clew.internal", origin: "http://clew.internal:4318" };
  expect(endpointFor(ABOUT, remote)).toBe("http://clew.internal:4318");
  const local = { hostname: "localhost", origin: "http://localhost:5173" };
  expect(endpointFor(ABOUT, local)).toBe("http://127.0.0.1:4318");
});

test("the demo command names only what is not the default", () => {
  const endpoint = "http://127.0.0.1:4318";
  expect(demoCommand({ endpoint, project: "default" })).toBe("clew demo");
  expect(demoCommand({ endpoint: "http://clew:80", project: "shop" })).toBe(
    "clew demo --server http://clew:80 --project shop",
  );
});

test("a container reaches this machine by another name", () => {
  expect(dockerEndpoint("http://127.0.0.1:4318")).toBe("http://host.docker.internal:4318");
  expect(dockerEndpoint("https://clew.example.org")).toBe("https://clew.example.org");
});

test("the value of an export stands out", () => {
  expect(piecesOf("export A=b").map(({ text, look }) => [text, look])).toEqual([
    ["export ", "muted"],
    ["A=", "plain"],
    ["b", "value"],
  ]);
});
