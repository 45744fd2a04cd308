/**
 * The visible rows of the trace grid, in order: spans, repetitions folded into one row, gaps where
 * plumbing is hidden, and placeholders for parents that were never received.
 */

import { at, durationOf, spanAt } from "./model";
import { type DisplayTree, hiddenRuns, idOfNode, isMissing } from "./tree";

/** Siblings of one name and kind fold into one row from this many on. */
export const REPETITION_MIN = 8;
/** Traces of more spans open with their error-free branches folded below this level. */
export const LARGE_TRACE_SPANS = 200;
export const LARGE_TRACE_LEVELS = 3;

type RowBase = {
  /** Stable over refetches: what it stands for and the id of the first span in it. */
  readonly key: string;
  readonly depth: number;
  /** Place among its siblings, from 1. */
  readonly position: number;
  readonly siblings: number;
  /** Index of the row it hangs under; -1 at the top. */
  readonly parentRow: number;
  /** Undefined when there is nothing to open. */
  readonly open: boolean | undefined;
};

export type SpanRow = RowBase & {
  readonly type: "span";
  readonly node: number;
  /** Plumbing hidden under a span that shows no children: marked in its own row. */
  readonly gap: readonly number[] | undefined;
};

export type RepetitionRow = RowBase & {
  readonly type: "repetition";
  readonly node: number;
  readonly members: readonly number[];
};

export type GapRow = RowBase & {
  readonly type: "gap";
  readonly members: readonly number[];
};

export type MissingRow = RowBase & { readonly type: "missing"; readonly node: number };

export type Row = SpanRow | RepetitionRow | GapRow | MissingRow;

/** What the viewer folded or opened against the default: row keys. */
export type Toggled = ReadonlySet<string>;

export const spanKey = (id: string): string => id;
export const repetitionKey = (id: string): string => `r${id}`;
export const gapKey = (id: string): string => `g${id}`;

/** The ids of gaps among the toggled keys. */
export function openedGaps(toggled: Toggled): ReadonlySet<string> {
  return new Set([...toggled].filter((key) => key.startsWith("g")).map((key) => key.slice(1)));
}

/** Whether a node's branch is open before the viewer touches it. */
export function openByDefault(tree: DisplayTree, node: number): boolean {
  if (tree.model.spans.length <= LARGE_TRACE_SPANS) return true;
  return at(tree.depth, node) < LARGE_TRACE_LEVELS || at(tree.sums.errors, node) > 0;
}

/** Lists the visible rows; a loop with its own stack, so that depth costs nothing. */
export function visibleRows(tree: DisplayTree, toggled: Toggled): Row[] {
  const rows: Row[] = [];
  const stack: Pending[] = pendingOf(tree, -1, 0, -1).reverse();
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const row = rowOf(tree, item, toggled);
    const rowIndex = rows.push(row) - 1;
    if (row.open !== true || row.type === "gap") continue;
    const below =
      row.type === "repetition"
        ? memberItems(row.members, row.depth + 1, rowIndex)
        : pendingOf(tree, row.node, row.depth + 1, rowIndex);
    for (let last = below.length - 1; last >= 0; last--) stack.push(below[last] as Pending);
  }
  return rows;
}

/** The keys to toggle so that a node becomes visible: its closed ancestors and repetitions. */
export function keysAbove(tree: DisplayTree, node: number, toggled: Toggled): string[] {
  const keys: string[] = [];
  const openIt = (key: string, byDefault: boolean) => {
    if (byDefault === toggled.has(key)) keys.push(key);
  };
  for (let child = node; child !== -1; child = at(tree.parent, child)) {
    const above = at(tree.parent, child);
    const repetition = repetitionOf(tree, above, child);
    if (repetition !== undefined) openIt(repetitionKey(idOfNode(tree, repetition)), false);
    if (above !== -1) openIt(spanKey(idOfNode(tree, above)), openByDefault(tree, above));
  }
  return keys;
}

/** The median duration of the members that ended. */
export function medianDuration(tree: DisplayTree, members: readonly number[]): number | undefined {
  const durations = members
    .flatMap((member) => durationOf(tree.model, member) ?? [])
    .sort((a, b) => a - b);
  return durations[Math.floor((durations.length - 1) / 2)];
}

/** Counts hidden spans by what they are: "2 http, 1 db". */
export function gapParts(tree: DisplayTree, members: readonly number[]): string {
  const counts = new Map<string, number>();
  for (const member of members) {
    const span = spanAt(tree.model, member);
    const what = plumbingWord(span.obs_type, span.visibility);
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([what, count]) => `${count} ${what}`)
    .join(", ");
}

function plumbingWord(obsType: string | undefined, visibility: string | undefined): string {
  // Sent in advance of a span: none of its kind yet.
  if (visibility === "partial") return "announced";
  if (obsType !== undefined && obsType !== "span" && obsType !== "step") return obsType;
  return visibility ?? "span";
}

/** A row to come: what it stands for, and its place. Kept flat, as one is made for every row. */
type Pending = {
  readonly node: number;
  /** Members of a repetition or a gap. */
  readonly members: readonly number[] | undefined;
  readonly gapOpen: boolean | undefined;
  readonly depth: number;
  readonly position: number;
  /** Shared by all siblings, as the count is known last. */
  readonly among: { count: number };
  readonly parentRow: number;
};

function rowOf(tree: DisplayTree, item: Pending, toggled: Toggled): Row {
  const { node, members, gapOpen, depth, position, parentRow } = item;
  const siblings = item.among.count;
  const id = idOfNode(tree, node);
  const base = { depth, position, siblings, parentRow };
  if (members !== undefined && gapOpen !== undefined) {
    return { ...base, type: "gap", key: gapKey(id), members, open: gapOpen };
  }
  if (members !== undefined) {
    const key = repetitionKey(id);
    return { ...base, type: "repetition", key, node, members, open: toggled.has(key) };
  }
  const below = tree.childrenOf(node);
  const children = anyShown(tree, below);
  const open = children ? openByDefault(tree, node) !== toggled.has(spanKey(id)) : undefined;
  if (isMissing(tree, node)) return { ...base, type: "missing", key: `m${id}`, node, open };
  const gap = !children && below.length > 0 ? Array.from(below) : undefined;
  return { ...base, type: "span", key: spanKey(id), node, open, gap };
}

function anyShown(tree: DisplayTree, nodes: Int32Array): boolean {
  for (let place = 0; place < nodes.length; place++) {
    if (at(tree.shown, at(nodes, place))) return true;
  }
  return false;
}

/** The rows directly under a node (-1: the top), repetitions folded and gaps marked. */
function pendingOf(tree: DisplayTree, node: number, depth: number, parentRow: number): Pending[] {
  const below = tree.childrenOf(node);
  const repetitions = repetitionsAmong(tree, below);
  const items: Pending[] = [];
  const among = { count: 0 };
  const add = (first: number, members?: readonly number[], gapOpen?: boolean) => {
    among.count += 1;
    items.push({ node: first, members, gapOpen, depth, position: among.count, among, parentRow });
  };
  let gap: number[] | undefined;
  // The row of a placeholder is the mark of the pending spans that announce it.
  const announced = node !== -1 && isMissing(tree, node);
  for (let place = 0; place < below.length; place++) {
    const child = at(below, place);
    if (!at(tree.shown, child)) {
      if (announced && spanAt(tree.model, child).visibility === "partial") continue;
      if (gap === undefined) {
        gap = [];
        add(child, gap, false);
      }
      gap.push(child);
      continue;
    }
    gap = undefined;
    const opened = tree.openGaps.get(child);
    if (opened !== undefined) add(child, opened, true);
    const members = repetitions === undefined ? undefined : repetitions.get(groupName(tree, child));
    if (members === undefined) add(child);
    else if (members[0] === child) add(child, members);
  }
  return items;
}

function memberItems(members: readonly number[], depth: number, parentRow: number): Pending[] {
  const among = { count: members.length };
  return members.map((node, place) => ({
    node,
    members: undefined,
    gapOpen: undefined,
    depth,
    position: place + 1,
    among,
    parentRow,
  }));
}

/** Groups of siblings that fold, by name and kind. */
function repetitionsAmong(
  tree: DisplayTree,
  siblings: Int32Array,
): ReadonlyMap<string, readonly number[]> | undefined {
  if (siblings.length < REPETITION_MIN) return undefined;
  const groups = new Map<string, number[]>();
  for (const node of siblings) {
    if (!at(tree.shown, node) || isMissing(tree, node)) continue;
    const name = groupName(tree, node);
    const members = groups.get(name);
    if (members === undefined) groups.set(name, [node]);
    else members.push(node);
  }
  for (const [name, members] of groups) if (members.length < REPETITION_MIN) groups.delete(name);
  return groups;
}

function repetitionOf(tree: DisplayTree, parent: number, node: number): number | undefined {
  if (isMissing(tree, node)) return undefined;
  const groups = repetitionsAmong(tree, tree.childrenOf(parent));
  return groups?.get(groupName(tree, node))?.[0];
}

function groupName(tree: DisplayTree, node: number): string {
  if (isMissing(tree, node)) return "";
  const span = spanAt(tree.model, node);
  return `${span.obs_type ?? ""}\u0000${span.name}`;
}

/** Gaps as they would be marked under a node, for tests and summaries. */
export function gapsUnder(tree: DisplayTree, node: number): number[][] {
  return hiddenRuns(tree.childrenOf(node), tree.shown);
}
