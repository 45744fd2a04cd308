/**
 * The tree that is shown: who hangs under whom once plumbing is hidden, and what each branch sums to.
 *
 * Everything is a loop over columns; a trace may be a hundred thousand spans deep. Nodes are the
 * spans of the model, followed by one placeholder for each parent that was never received.
 * Hidden spans keep a place (the nearest shown ancestor), so sums do not depend on what is hidden.
 */

import type { Placeholder, Span } from "../../api/types";
import type { CostStatus } from "../../base/format";
import { at, isNoise, offsetOf, spanAt, type TraceModel } from "./model";
import { picoUsdFrom, usdOfPico } from "./money";

const NONE = -1;

export type TreeOptions = {
  /** Shows every span. */
  readonly noiseShown: boolean;
  /** Gaps opened one by one, by the id of any span in them. */
  readonly gapsOpened: ReadonlySet<string>;
  /** The selected span, which is never hidden. */
  readonly selectedId: string | undefined;
};

export type DisplayTree = {
  readonly model: TraceModel;
  /** Spans and placeholders together. */
  readonly nodeCount: number;
  /** Ids of parents that were referred to and never received; node `spans.length + n`. */
  readonly missingIds: readonly string[];
  readonly shown: Uint8Array;
  /** Nearest shown ancestor of every node, hidden ones included; -1 at the top. */
  readonly parent: Int32Array;
  /** Level of each shown node, 0 at the top. */
  readonly depth: Int32Array;
  /** Start for sorting; a placeholder starts as announced, else with its first child. */
  readonly start: Float64Array;
  /** Nodes under each node, hidden ones too, in start order; `NONE` holds the top. */
  readonly childrenOf: (node: number) => Int32Array;
  /** For each opened gap its members, keyed by the first of them. */
  readonly openGaps: ReadonlyMap<number, readonly number[]>;
  readonly hiddenCount: number;
  readonly sums: Sums;
};

/** What a branch adds up to, its own span included. */
export type Sums = {
  readonly spans: Int32Array;
  readonly errors: Int32Array;
  readonly tokens: Float64Array;
  readonly picoUsd: readonly bigint[];
  /** Bit set of {@link PRICED}, {@link UNPRICED}. */
  readonly priced: Uint8Array;
};

const PRICED = 1;
const UNPRICED = 2;

/** Builds the tree for a choice of what is hidden. */
export function displayTree(model: TraceModel, options: TreeOptions): DisplayTree {
  const links = linksOf(model);
  const shown = new Uint8Array(links.nodeCount).fill(1);
  let openGaps: ReadonlyMap<number, readonly number[]> = new Map();
  if (!options.noiseShown) {
    for (const [index, span] of model.spans.entries()) {
      if (isNoise(span)) shown[index] = 0;
    }
    if (options.gapsOpened.size > 0) openGaps = reveal(model, links, shown, options.gapsOpened);
    const selected = model.indexOfId.get(options.selectedId ?? "");
    if (selected !== undefined) shown[selected] = 1;
  }
  const parent = shownParents(model, links, shown, options.noiseShown);
  const start = nodeStarts(model, links, parent);
  const childrenOf = childLists(parent, start);
  const depth = depths(links.nodeCount, shown, childrenOf);
  return {
    model,
    nodeCount: links.nodeCount,
    missingIds: links.missingIds,
    shown,
    parent,
    depth,
    start,
    childrenOf,
    openGaps,
    hiddenCount: shown.reduce((count, flag) => count + (flag ? 0 : 1), 0),
    sums: sumUp(model, links.nodeCount, parent),
  };
}

/** Whether a node stands for a parent that was never received. */
export function isMissing(tree: DisplayTree, node: number): boolean {
  return node >= tree.model.spans.length;
}

/** What is known of a parent that was never received. */
export function placeholderOf(tree: DisplayTree, node: number): Placeholder | undefined {
  return tree.model.placeholders.get(idOfNode(tree, node));
}

/** The id of a span or of the missing parent a placeholder stands for. */
export function idOfNode(tree: DisplayTree, node: number): string {
  const spans = tree.model.spans;
  return spans[node]?.span_id ?? tree.missingIds[node - spans.length] ?? "";
}

/** The cost of a branch, as the formatter wants it. */
export function costOfNode(tree: DisplayTree, node: number): { usd: string; status: CostStatus } {
  return costOfSum(tree.sums.picoUsd[node] ?? 0n, at(tree.sums.priced, node));
}

export function costOfSum(picoUsd: bigint, bits: number): { usd: string; status: CostStatus } {
  const statuses: readonly CostStatus[] = ["none", "priced", "no_price", "partial"];
  return { usd: usdOfPico(picoUsd), status: statuses[bits] ?? "none" };
}

/** Tokens of one span that enter sums: totals of model calls, not what an agent repeats of them. */
export function tokensOf(span: Span): number {
  if (span.billing !== undefined && span.billing !== "leaf") return 0;
  return (span.usage.input_tokens ?? 0) + (span.usage.output_tokens ?? 0);
}

/** Cost bits of one span, see {@link Sums.priced}. */
export function pricedBits(span: Span): number {
  if (span.billing !== undefined && span.billing !== "leaf") return 0;
  switch (span.cost_status) {
    case "priced":
      return PRICED;
    case "partial":
      return PRICED | UNPRICED;
    case "no_price":
      return UNPRICED;
    default:
      return span.cost_usd === undefined ? 0 : PRICED;
  }
}

/** The parent each span names, as a node; ids that were never received become placeholders. */
type Links = {
  readonly nodeCount: number;
  readonly missingIds: readonly string[];
  readonly raw: Int32Array;
};

function linksOf(model: TraceModel): Links {
  const { spans, indexOfId } = model;
  const missing = new Map<string, number>();
  const raw = Int32Array.from(spans, (span, index) => {
    const id = span.parent_span_id;
    if (!id) return NONE;
    const known = indexOfId.get(id);
    if (known !== undefined) return known === index ? NONE : known;
    // The server may have repaired the link; then nothing is missing.
    const repaired = indexOfId.get(span.effective_parent_id ?? "");
    if (repaired !== undefined && repaired !== index) return repaired;
    const node = missing.get(id) ?? spans.length + missing.size;
    missing.set(id, node);
    return node;
  });
  // Some stand above other placeholders alone.
  for (const id of model.placeholders.keys()) {
    if (!missing.has(id) && !indexOfId.has(id)) missing.set(id, spans.length + missing.size);
  }
  const nodeCount = spans.length + missing.size;
  const linked = new Int32Array(nodeCount).fill(NONE);
  linked.set(raw);
  for (const [id, node] of missing) {
    const above = model.placeholders.get(id)?.parent_id ?? "";
    linked[node] = indexOfId.get(above) ?? missing.get(above) ?? NONE;
  }
  cutCycles(linked, (node) => (node < spans.length ? at(model.start, node) : 0));
  return { nodeCount, missingIds: [...missing.keys()], raw: linked };
}

/** Makes every chain of parents end: of the spans on a cycle, the first to start becomes a root. */
function cutCycles(parent: Int32Array, startOf: (node: number) => number): void {
  const walk = new Int32Array(parent.length).fill(NONE);
  for (let from = 0; from < parent.length; from++) {
    let node = from;
    while (node !== NONE && at(walk, node) === NONE) {
      walk[node] = from;
      node = at(parent, node);
    }
    if (node === NONE || at(walk, node) !== from) continue;
    let first = node;
    for (let next = at(parent, node); next !== node; next = at(parent, next)) {
      if (startOf(next) < startOf(first)) first = next;
    }
    parent[first] = NONE;
  }
}

/** The nearest shown node above each node along the links as sent. */
function nearestShown(raw: Int32Array, shown: Uint8Array): Int32Array {
  const UNKNOWN = -2;
  const nearest = new Int32Array(raw.length).fill(UNKNOWN);
  const walked: number[] = [];
  for (let from = 0; from < raw.length; from++) {
    let node = from;
    let found = UNKNOWN;
    walked.length = 0;
    while (found === UNKNOWN) {
      found = at(nearest, node);
      if (found !== UNKNOWN) break;
      walked.push(node);
      const above = at(raw, node);
      if (above === NONE || at(shown, above)) found = above;
      else node = above;
    }
    for (const passed of walked) nearest[passed] = found;
  }
  return nearest;
}

/**
 * The shown parent of every node. With noise hidden the server's repaired parent wins, unless a
 * span between the two is shown after all: because it failed, is selected, or its gap was opened.
 */
function shownParents(
  model: TraceModel,
  links: Links,
  shown: Uint8Array,
  noiseShown: boolean,
): Int32Array {
  const nearest = nearestShown(links.raw, shown);
  if (noiseShown) return nearest;
  const parent = nearest.slice();
  for (const [index, span] of model.spans.entries()) {
    const repaired = model.indexOfId.get(span.effective_parent_id ?? "");
    if (repaired === undefined || repaired === index || !at(shown, repaired)) continue;
    const above = at(nearest, index);
    const aboveIsApp = above !== NONE && model.spans[above]?.visibility === "app";
    if (above === NONE || above >= model.spans.length || aboveIsApp) parent[index] = repaired;
  }
  cutCycles(parent, (node) => (node < model.spans.length ? at(model.start, node) : 0));
  return parent;
}

/** Shows the members of the opened gaps and returns them by the first member of each. */
function reveal(
  model: TraceModel,
  links: Links,
  shown: Uint8Array,
  opened: ReadonlySet<string>,
): Map<number, readonly number[]> {
  const parent = shownParents(model, links, shown, false);
  const childrenOf = childLists(parent, nodeStarts(model, links, parent));
  const gaps = new Map<number, readonly number[]>();
  for (let node = NONE; node < links.nodeCount; node++) {
    for (const run of hiddenRuns(childrenOf(node), shown)) {
      const first = run[0];
      if (first === undefined || !run.some((member) => opened.has(spanAt(model, member).span_id))) {
        continue;
      }
      gaps.set(first, run);
    }
  }
  for (const run of gaps.values()) for (const member of run) shown[member] = 1;
  return gaps;
}

/** Runs of hidden nodes among siblings: each is one gap. */
export function hiddenRuns(siblings: Int32Array, shown: Uint8Array): number[][] {
  const runs: number[][] = [];
  let run: number[] = [];
  for (const node of siblings) {
    if (!at(shown, node)) run.push(node);
    else if (run.length > 0) {
      runs.push(run);
      run = [];
    }
  }
  if (run.length > 0) runs.push(run);
  return runs;
}

function nodeStarts(model: TraceModel, links: Links, parent: Int32Array): Float64Array {
  const start = new Float64Array(links.nodeCount).fill(Number.POSITIVE_INFINITY);
  start.set(model.start);
  for (const [place, id] of links.missingIds.entries()) {
    const known = model.placeholders.get(id);
    if (known) start[model.spans.length + place] = offsetOf(model, known.start_unix_nanos);
  }
  for (let index = 0; index < model.spans.length; index++) {
    const above = at(parent, index);
    if (above >= model.spans.length) {
      start[above] = Math.min(at(start, above), at(model.start, index));
    }
  }
  return start;
}

/** Groups nodes by parent in start order: one array, cut by offsets. */
function childLists(parent: Int32Array, start: Float64Array): (node: number) => Int32Array {
  const sorted = Int32Array.from(parent.keys()).sort(
    (a, b) => at(start, a) - at(start, b) || a - b,
  );
  const from = new Int32Array(parent.length + 2);
  for (const above of parent) from[above + 2] = at(from, above + 2) + 1;
  for (let slot = 1; slot < from.length; slot++) from[slot] = at(from, slot) + at(from, slot - 1);
  const next = from.slice();
  const lists = new Int32Array(parent.length);
  for (const node of sorted) {
    const slot = at(parent, node) + 1;
    lists[at(next, slot)] = node;
    next[slot] = at(next, slot) + 1;
  }
  return (node) => lists.subarray(at(from, node + 1), at(from, node + 2));
}

function depths(
  nodeCount: number,
  shown: Uint8Array,
  childrenOf: (node: number) => Int32Array,
): Int32Array {
  const depth = new Int32Array(nodeCount);
  const stack: number[] = [...childrenOf(NONE)];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (!at(shown, node)) continue;
    for (const child of childrenOf(node)) {
      depth[child] = at(depth, node) + 1;
      stack.push(child);
    }
  }
  return depth;
}

/** Adds every node to its ancestors; children come after their parents in the visiting order. */
function sumUp(model: TraceModel, nodeCount: number, parent: Int32Array): Sums {
  const spans = new Int32Array(nodeCount);
  const errors = new Int32Array(nodeCount);
  const tokens = new Float64Array(nodeCount);
  const picoUsd = new Array<bigint>(nodeCount).fill(0n);
  const priced = new Uint8Array(nodeCount);
  const waiting = new Int32Array(nodeCount);
  for (const above of parent) if (above !== NONE) waiting[above] = at(waiting, above) + 1;
  for (const [index, span] of model.spans.entries()) {
    spans[index] = 1;
    errors[index] = span.status === "error" ? 1 : 0;
    tokens[index] = tokensOf(span);
    priced[index] = pricedBits(span);
    if (at(priced, index) & PRICED) picoUsd[index] = picoUsdFrom(span.cost_usd) ?? 0n;
  }
  // Leaves first: a node is added to its parent once all that hang under it have arrived.
  const ready: number[] = [];
  for (let node = 0; node < nodeCount; node++) if (at(waiting, node) === 0) ready.push(node);
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    const above = at(parent, node);
    if (above === NONE) continue;
    spans[above] = at(spans, above) + at(spans, node);
    errors[above] = at(errors, above) + at(errors, node);
    tokens[above] = at(tokens, above) + at(tokens, node);
    priced[above] = at(priced, above) | at(priced, node);
    picoUsd[above] = (picoUsd[above] ?? 0n) + (picoUsd[node] ?? 0n);
    waiting[above] = at(waiting, above) - 1;
    if (at(waiting, above) === 0) ready.push(above);
  }
  return { spans, errors, tokens, picoUsd, priced };
}
