/** Events and log records of a span as one list in time order. */

import type { LogRecord, Span } from "../../api/types";
import { nanosFrom } from "../../base/format";
import type { Json, JsonObject } from "../../base/json";

export type Moment = {
  readonly key: string;
  readonly unixNanos: bigint;
  readonly severity: string;
  readonly title: string;
  readonly body: Json | undefined;
  readonly attributes: JsonObject;
};

/** Joins the events of a span and its log records; moments of the same time keep their order. */
export function momentsOf(span: Span, logs: readonly LogRecord[]): Moment[] {
  const events = span.events.map((event, index) => ({
    key: `event-${index}`,
    unixNanos: nanosFrom(event.time_unix_nanos) ?? 0n,
    severity: event.name === "exception" ? "ERROR" : "EVENT",
    title: event.name,
    body: undefined,
    attributes: event.attributes,
  }));
  const records = logs.map((log, index) => ({
    key: `log-${index}`,
    unixNanos: nanosFrom(log.time_unix_nanos) ?? 0n,
    severity: severityWord(log.severity),
    title: typeof log.body === "string" ? log.body : (log.event_name ?? ""),
    body: typeof log.body === "string" ? undefined : log.body,
    attributes: log.attributes,
  }));
  return [...events, ...records].sort((a, b) =>
    a.unixNanos < b.unixNanos ? -1 : a.unixNanos > b.unixNanos ? 1 : 0,
  );
}

/** OTLP numbers severities in steps of four: 1–4 trace, 5–8 debug, and so on. */
function severityWord(severity: string | undefined): string {
  const number = Number(severity);
  if (!severity || !Number.isInteger(number)) return (severity ?? "").toUpperCase() || "LOG";
  return ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"][Math.ceil(number / 4) - 1] ?? "LOG";
}
