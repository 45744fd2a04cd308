/** Builds spans for the tests of this folder: what a test does not say is plain and successful. */

import { parseSpan } from "../../api/parse";
import type { Placeholder, Span } from "../../api/types";
import { modelOfSpans } from "./model";
import { openedGaps, type Row, visibleRows } from "./rows";
import { type DisplayTree, displayTree, placeholderOf } from "./tree";

const BASE_NANOS = 1_763_722_800_000_000_000n;
const MS = 1_000_000;

export type SampleSpan = {
  readonly id: string;
  readonly parent?: string;
  readonly startMs?: number;
  /** Null leaves the span running. */
  readonly endMs?: number | null;
} & Readonly<Record<string, unknown>>;

export function sampleSpan({ id, parent, startMs = 0, endMs = 1, ...fields }: SampleSpan): Span {
  return parseSpan({
    span_id: id,
    parent_span_id: parent ?? null,
    name: id,
    start_unix_nanos: String(BASE_NANOS + BigInt(Math.round(startMs * MS))),
    end_unix_nanos: endMs === null ? null : String(BASE_NANOS + BigInt(Math.round(endMs * MS))),
    status: "ok",
    visibility: "app",
    obs_type: "step",
    ...fields,
  });
}

export type SampleView = {
  readonly noiseShown?: boolean;
  readonly selected?: string;
  readonly toggled?: readonly string[];
  readonly placeholders?: readonly SamplePlaceholder[];
};

/** A placeholder: when it was announced does not matter unless a test says so. */
export type SamplePlaceholder = Partial<Placeholder> & { readonly span_id: string };

function samplePlaceholder(given: SamplePlaceholder): Placeholder {
  const nanos = String(BASE_NANOS);
  return { start_unix_nanos: nanos, last_seen_unix_nanos: nanos, child_count: 0, ...given };
}

export function sampleTree(spans: readonly SampleSpan[], view: SampleView = {}): DisplayTree {
  const placeholders = (view.placeholders ?? []).map(samplePlaceholder);
  return displayTree(modelOfSpans(spans.map(sampleSpan), placeholders), {
    noiseShown: view.noiseShown ?? false,
    gapsOpened: openedGaps(new Set(view.toggled)),
    selectedId: view.selected,
  });
}

/** The visible rows as an indented drawing, one line a row. */
export function drawn(spans: readonly SampleSpan[], view: SampleView = {}): string[] {
  const tree = sampleTree(spans, view);
  return visibleRows(tree, new Set(view.toggled)).map((row) => drawnRow(tree, row));
}

function drawnRow(tree: DisplayTree, row: Row): string {
  const mark = row.open === undefined ? " " : row.open ? "v" : ">";
  const indent = "  ".repeat(row.depth);
  const nameOf = (node: number) => tree.model.spans[node]?.name ?? "?";
  switch (row.type) {
    case "span":
      return `${indent}${mark} ${nameOf(row.node)}${row.gap ? ` (${row.gap.length} hidden)` : ""}`;
    case "repetition":
      return `${indent}${mark} ${nameOf(row.node)} × ${row.members.length}`;
    case "gap":
      return `${indent}${mark} ${row.members.length} hidden`;
    case "missing":
      return `${indent}${mark} missing ${placeholderOf(tree, row.node)?.name ?? row.key.slice(1)}`;
  }
}
