/**
 * The search parameters of every page: their types, and reading them from a URL.
 *
 * All values are plain texts: a span id of sixteen decimal digits must stay a text. An invalid
 * value is ignored and reported by `invalidParams`, an unknown parameter is left alone.
 */

import { spanIdValid } from "./ids";
import { rangeFromToken } from "./range";

export const TRACE_SORTS = ["-start", "start", "-duration", "duration"] as const;
export type TraceSort = (typeof TRACE_SORTS)[number];

/** The view state of the traces list. */
export type TracesSearch = {
  /** Time range: `24h` or `<utc>~<utc>`; absent covers all time. */
  readonly t?: string;
  readonly sort?: TraceSort;
  /** The filter, in the query language. */
  readonly q?: string;
  /** The id of a saved view. */
  readonly view?: string;
  /** `1` shows what is different about the listed traces. */
  readonly why?: "1";
};

export const TRACE_MODES = ["tree", "transcript", "graph", "logs", "rollup"] as const;
export type TraceMode = (typeof TRACE_MODES)[number];

/** The view state of a trace page. */
export type TraceSearch = {
  /** The selected span. */
  readonly span?: string;
  readonly mode?: TraceMode;
  /** The tab of the span panel. */
  readonly tab?: string;
  /** `1` shows what the noise rules hide. */
  readonly noise?: "1";
  /** `<from>~<to>` in milliseconds from the start of the trace. */
  readonly zoom?: string;
  /**
   * Rows folded or opened against the default, joined by commas: a span's id, `r` and the first
   * id of a repetition, or `g` and the first id of a gap.
   */
  readonly fold?: string;
  readonly find?: string;
  /** The list the viewer came from, as its own search text. */
  readonly from?: string;
};

/** How many rows the query page asks for; without one, the server's own 10,000. */
export const QUERY_ROWS = ["100", "1000", "100000"] as const;

/** The view state of the query page. */
export type QuerySearch = {
  /** What was asked last, in SQL. */
  readonly sql?: string;
  /** Time range: `24h` or `<utc>~<utc>`; absent covers all time. */
  readonly t?: string;
  readonly rows?: (typeof QUERY_ROWS)[number];
  /** The id of a saved query. */
  readonly view?: string;
  /** `0` puts the chart away. */
  readonly chart?: "0";
};

/** The view state of the first-run page. */
export type FirstRunSearch = {
  /** The chosen snippet. */
  readonly lang?: string;
};

export type RawSearch = Readonly<Record<string, unknown>>;

type Reader<T> = { readonly [K in keyof Required<T>]: (text: string) => T[K] | undefined };

const anyText = (text: string) => text;
const viewId = (text: string) => (/^\d{1,18}$/.test(text) ? text : undefined);

const tracesReader: Reader<TracesSearch> = {
  t: (text) => (rangeFromToken(text) ? text : undefined),
  sort: (text) => TRACE_SORTS.find((known) => known === text),
  q: anyText,
  view: viewId,
  why: (text) => (text === "1" ? text : undefined),
};

const traceReader: Reader<TraceSearch> = {
  span: (text) => (spanIdValid(text) ? text : undefined),
  mode: (text) => TRACE_MODES.find((known) => known === text),
  tab: (text) => (/^[a-z]+$/.test(text) ? text : undefined),
  noise: (text) => (text === "1" ? text : undefined),
  zoom: (text) => (/^-?\d+(\.\d+)?~-?\d+(\.\d+)?$/.test(text) ? text : undefined),
  fold: (text) => (text.split(",").every((key) => foldKeyValid(key)) ? text : undefined),
  find: anyText,
  from: anyText,
};

const queryReader: Reader<QuerySearch> = {
  sql: anyText,
  t: (text) => (rangeFromToken(text) ? text : undefined),
  rows: (text) => QUERY_ROWS.find((known) => known === text),
  view: viewId,
  chart: (text) => (text === "0" ? text : undefined),
};

function foldKeyValid(key: string): boolean {
  return spanIdValid(/^[rg]/.test(key) ? key.slice(1) : key);
}

/** Reads the search of the traces list. */
export const tracesSearch = (raw: RawSearch): TracesSearch & FirstRunSearch => ({
  ...read(raw, tracesReader),
  ...read(raw, { lang: anyText }),
});

/** Reads the search of a trace page. */
export const traceSearch = (raw: RawSearch): TraceSearch => read(raw, traceReader);

/** Reads the search of the query page. */
export const querySearch = (raw: RawSearch): QuerySearch => read(raw, queryReader);

/** Names the parameters of the query page whose values cannot be used. */
export const invalidQueryParams = (raw: RawSearch): readonly string[] =>
  invalidParams(raw, queryReader);

/** Names the parameters of the traces list whose values cannot be used. */
export const invalidTracesParams = (raw: RawSearch): readonly string[] =>
  invalidParams(raw, tracesReader);

/** Names the parameters of a trace page whose values cannot be used. */
export const invalidTraceParams = (raw: RawSearch): readonly string[] =>
  invalidParams(raw, traceReader);

/** The longest text, as an address has it, whose link every server and browser takes. */
export const LINK_CHARS_MAX = 60_000;

export function fitsLink(text: string): boolean {
  return encodeURIComponent(text).length <= LINK_CHARS_MAX;
}

/** Reads a query text into flat texts; the last of repeated names wins. */
export function searchFromText(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

/** Writes flat texts as a query text, with `~`, `:` and `,` left readable. */
export function textOfSearch(search: RawSearch): string {
  const pairs = Object.entries(search)
    .filter(([, value]) => value !== undefined && value !== null && value !== "")
    .map(([name, value]) => `${encode(name)}=${encode(String(value))}`);
  return pairs.length > 0 ? `?${pairs.join("&")}` : "";
}

function read<T extends object>(raw: RawSearch, reader: Reader<T>): T {
  const found: Record<string, unknown> = {};
  for (const [name, parse] of Object.entries(reader) as [string, (text: string) => unknown][]) {
    const value = raw[name];
    // Named even when undefined: it hides the raw value of the same name.
    if (name in raw) found[name] = typeof value === "string" ? parse(value) : undefined;
  }
  return found as T;
}

function invalidParams<T extends object>(raw: RawSearch, reader: Reader<T>): readonly string[] {
  const read_ = read(raw, reader) as Record<string, unknown>;
  return Object.keys(reader).filter((name) => name in raw && read_[name] === undefined);
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/%(3A|7E|2C|2F)/g, (sign) => decodeURIComponent(sign));
}
