/** Where the time of a trace went: each moment counts for the most telling kind at work in it. */

import { type Kind, kindOf } from "../../base/kinds";
import { at, barEnd, spanAt, type TraceModel } from "./model";

export type Spent = { readonly kind: Kind; readonly nanos: number };

// A model call inside a tool is model time; agents and steps only hold others and do not count.
const TELLING: readonly Kind[] = [
  "llm",
  "embedding",
  "rerank",
  "retrieval",
  "memory",
  "guardrail",
  "evaluator",
  "tool",
];

/** Time by kind, the largest first; what no telling kind covers is left out. */
export function timeByKind(model: TraceModel): Spent[] {
  const edges = edgesOf(model);
  const active = new Map<Kind, number>();
  const spent = new Map<Kind, number>();
  let since = 0;
  for (const { offset, kind, step } of edges) {
    const working = TELLING.find((candidate) => (active.get(candidate) ?? 0) > 0);
    if (working) spent.set(working, (spent.get(working) ?? 0) + offset - since);
    since = offset;
    active.set(kind, (active.get(kind) ?? 0) + step);
  }
  return [...spent]
    .map(([kind, nanos]) => ({ kind, nanos }))
    .filter(({ nanos }) => nanos > 0)
    .sort((a, b) => b.nanos - a.nanos);
}

function edgesOf(model: TraceModel) {
  const edges: { offset: number; kind: Kind; step: 1 | -1 }[] = [];
  for (const index of model.order) {
    const kind = kindOf(spanAt(model, index).obs_type);
    if (!TELLING.includes(kind)) continue;
    edges.push({ offset: at(model.start, index), kind, step: 1 });
    edges.push({ offset: barEnd(model, index), kind, step: -1 });
  }
  return edges.sort((a, b) => a.offset - b.offset);
}
