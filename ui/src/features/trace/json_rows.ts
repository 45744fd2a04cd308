/**
 * The visible lines of a JSON value: one level at a time, long lists in pages, JSON inside strings
 * opened. Only what is open is walked, so a value of twenty megabytes costs what is seen of it.
 */

import { type Json, type JsonObject, jsonInside } from "../../base/json";

/** Entries shown at once; more become pages, and pages of pages. */
export const PAGE_ENTRIES = 100;
const OPEN_ENTRIES_MAX = 6;
const OPEN_LEVELS = 3;

export type JsonRow = {
  /** Unique and stable: the path, with page bounds where there are pages. */
  readonly key: string;
  /** The path as one would write it: `$.events[3].name`. */
  readonly path: string;
  readonly depth: number;
  /** Name or index in the parent; undefined for the root and for closing lines. */
  readonly label: string | undefined;
  readonly last: boolean;
} & (
  | { readonly type: "leaf"; readonly value: Json }
  | {
      readonly type: "branch";
      readonly value: Json;
      readonly bracket: "{" | "[";
      readonly count: number;
      readonly open: boolean;
      /** The value is a text that holds JSON. */
      readonly inString: boolean;
    }
  | { readonly type: "page"; readonly from: number; readonly to: number; readonly open: boolean }
  | { readonly type: "close"; readonly bracket: "}" | "]" }
);

/** Texts already found to hold JSON, or not; kept by the caller so that each is parsed once. */
export type ParsedTexts = Map<string, Json | undefined>;

type Branch = {
  readonly key: string;
  readonly path: string;
  readonly depth: number;
  readonly value: readonly Json[] | JsonObject;
  readonly names: readonly string[] | undefined;
  readonly from: number;
  readonly to: number;
};

type Pending =
  | {
      readonly type: "entry";
      readonly in: Branch | undefined;
      readonly at: number;
      readonly root?: Json;
    }
  | { readonly type: "page"; readonly of: Branch }
  | { readonly type: "close"; readonly row: JsonRow };

/** Lists the lines to draw; `toggled` holds the keys opened or closed against the default. */
export function jsonRows(
  root: Json,
  toggled: ReadonlySet<string>,
  parsed: ParsedTexts = new Map(),
): JsonRow[] {
  const rows: JsonRow[] = [];
  const stack: Pending[] = [{ type: "entry", in: undefined, at: 0, root }];
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    if (item.type === "close") rows.push(item.row);
    else if (item.type === "page") openPage(item.of, rows, stack, toggled);
    else openEntry(item, rows, stack, toggled, parsed);
  }
  return rows;
}

/** Bounds of the pages that a range of entries is cut into; a single one when it fits. */
export function pagesOf(from: number, to: number): [number, number][] {
  const count = to - from;
  if (count <= PAGE_ENTRIES) return [[from, to]];
  let size = PAGE_ENTRIES;
  while (count / size > PAGE_ENTRIES) size *= PAGE_ENTRIES;
  const pages: [number, number][] = [];
  for (let start = from; start < to; start += size) pages.push([start, Math.min(to, start + size)]);
  return pages;
}

function openEntry(
  item: Extract<Pending, { type: "entry" }>,
  rows: JsonRow[],
  stack: Pending[],
  toggled: ReadonlySet<string>,
  parsed: ParsedTexts,
): void {
  const parent = item.in;
  const name = parent?.names?.[item.at];
  const path = parent === undefined ? "$" : `${parent.path}${stepOf(name, item.at)}`;
  const raw = parent === undefined ? (item.root as Json) : entryOf(parent, item.at);
  const last = parent === undefined || item.at === lastIndex(parent);
  const label = parent === undefined ? undefined : (name ?? String(item.at));
  const base = { key: path, path, depth: parent === undefined ? 0 : parent.depth + 1, label, last };
  const inside = typeof raw === "string" ? insideOf(path, raw, parsed) : undefined;
  const value = inside ?? raw;
  if (typeof value !== "object" || value === null) {
    rows.push({ ...base, type: "leaf", value });
    return;
  }
  const names = Array.isArray(value) ? undefined : Object.keys(value);
  const count = names?.length ?? (value as readonly Json[]).length;
  const byDefault = base.depth === 0 || (base.depth < OPEN_LEVELS && count <= OPEN_ENTRIES_MAX);
  const open = count > 0 && byDefault !== toggled.has(path);
  const bracket = names === undefined ? "[" : "{";
  rows.push({ ...base, type: "branch", value: raw, bracket, count, open, inString: value !== raw });
  if (!open) return;
  const close = names === undefined ? "]" : "}";
  stack.push({
    type: "close",
    row: { ...base, key: `${path}/close`, label: undefined, type: "close", bracket: close },
  });
  pushRange(
    {
      key: path,
      path,
      depth: base.depth,
      value: value as readonly Json[],
      names,
      from: 0,
      to: count,
    },
    stack,
  );
}

function openPage(
  page: Branch,
  rows: JsonRow[],
  stack: Pending[],
  toggled: ReadonlySet<string>,
): void {
  const open = toggled.has(page.key);
  rows.push({
    type: "page",
    key: page.key,
    path: page.path,
    depth: page.depth,
    label: undefined,
    last: false,
    from: page.from,
    to: page.to,
    open,
  });
  if (open) pushRange(page, stack);
}

/** Puts a range of entries on the stack: themselves when they fit a page, else their pages. */
function pushRange(branch: Branch, stack: Pending[]): void {
  const pages = pagesOf(branch.from, branch.to);
  if (pages.length <= 1) {
    for (let index = branch.to - 1; index >= branch.from; index--) {
      stack.push({ type: "entry", in: branch, at: index });
    }
    return;
  }
  for (const [from, to] of pages.toReversed()) {
    const key = `${branch.path}[${from}..${to}]`;
    stack.push({ type: "page", of: { ...branch, key, depth: branch.depth + 1, from, to } });
  }
}

function entryOf(branch: Branch, index: number): Json {
  const name = branch.names?.[index];
  if (name === undefined) return (branch.value as readonly Json[])[index] as Json;
  return (branch.value as JsonObject)[name] as Json;
}

function lastIndex(branch: Branch): number {
  return (branch.names?.length ?? (branch.value as readonly Json[]).length) - 1;
}

function stepOf(name: string | undefined, index: number): string {
  if (name === undefined) return `[${index}]`;
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

function insideOf(path: string, text: string, parsed: ParsedTexts): Json | undefined {
  if (!parsed.has(path)) parsed.set(path, jsonInside(text));
  return parsed.get(path);
}
