import { createMemoryHistory } from "@tanstack/react-router";
import { expect, test } from "vitest";
import { paths } from "../../src/paths";
import { router } from "../../src/router";

const TRACE = "9a1c4e0f5b2d47c8a3e6f0b1d2c37f02";
const SPAN = "00f067aa0ba902b7";

test("every link leads where it always led", () => {
  router.update({ history: createMemoryHistory({ initialEntries: ["/"] }) });
  const href = (link: object) => router.buildLocation(link as never).href;
  expect({
    home: href(paths.home()),
    traces: href(paths.traces("default")),
    tracesOfADay: href(paths.traces("support agent", { t: "24h", sort: "-duration" })),
    firstRun: href(paths.traces("default", { lang: "go" })),
    trace: href(paths.trace("default", TRACE)),
    traceSpan: href(paths.trace("default", TRACE, { span: SPAN, tab: "logs", from: "t=24h" })),
    query: href(paths.query("default", { sql: "SELECT count(*)\nFROM spans", t: "24h" })),
    system: href(paths.system()),
    permalink: href(paths.tracePermalink(TRACE, { span: SPAN })),
  }).toMatchInlineSnapshot(`
    {
      "firstRun": "/p/default/traces?lang=go",
      "home": "/",
      "permalink": "/t/9a1c4e0f5b2d47c8a3e6f0b1d2c37f02?span=00f067aa0ba902b7",
      "query": "/p/default/query?sql=SELECT%20count(*)%0AFROM%20spans&t=24h",
      "system": "/system",
      "trace": "/p/default/traces/9a1c4e0f5b2d47c8a3e6f0b1d2c37f02",
      "traceSpan": "/p/default/traces/9a1c4e0f5b2d47c8a3e6f0b1d2c37f02?span=00f067aa0ba902b7&tab=logs&from=t%3D24h",
      "traces": "/p/default/traces",
      "tracesOfADay": "/p/support%20agent/traces?t=24h&sort=-duration",
    }
  `);
});
