/** Events and log records of a span as one list in time order. */

import type { LogRecord, Span } from "../../api/types";
import { nanosFrom } from "../../base/format";
import type { Json, JsonObject } from "../../base/json";

export type Moment = {
  readonly key: string;
  readonly isLog: boolean;
  readonly unixNanos: bigint;
  readonly severity: string;
  /** The name of the event; a log record may be one too. */
  readonly name: string;
  /** A body that is a text. */
  readonly text: string;
  /** A body that is not. */
  readonly body: Json | undefined;
  readonly attributes: JsonObject;
};

/** Joins the events of a span and its log records; moments of the same time keep their order. */
export function momentsOf(span: Span, logs: readonly LogRecord[]): Moment[] {
  const events = span.events.map((event, index) => ({
    key: `event-${index}`,
    isLog: false,
    unixNanos: nanosFrom(event.time_unix_nanos) ?? 0n,
    severity: event.name === "exception" ? "ERROR" : "EVENT",
    name: event.name,
    text: "",
    body: undefined,
    attributes: event.attributes,
  }));
  const records = logs.map((log, index) => ({
    key: `log-${index}`,
    isLog: true,
    unixNanos: nanosFrom(log.time_unix_nanos) ?? 0n,
    severity: severityWord(log.severity),
    name: log.event_name ?? "",
    text: typeof log.body === "string" ? log.body : "",
    body: typeof log.body === "string" ? undefined : log.body,
    attributes: log.attributes,
  }));
  return [...events, ...records].sort((a, b) =>
    a.unixNanos < b.unixNanos ? -1 : a.unixNanos > b.unixNanos ? 1 : 0,
  );
}

/** What the moments are, together. */
export function momentsTitle(moments: readonly Moment[]): string {
  const logs = moments.filter(({ isLog }) => isLog).length;
  if (logs === 0) return "Events";
  return logs === moments.length ? "Logs" : "Events and logs";
}

/** OTLP numbers severities in steps of four: 1–4 trace, 5–8 debug, and so on. */
function severityWord(severity: string | undefined): string {
  const number = Number(severity);
  if (!severity || !Number.isInteger(number)) return (severity ?? "").toUpperCase() || "LOG";
  return ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"][Math.ceil(number / 4) - 1] ?? "LOG";
}
