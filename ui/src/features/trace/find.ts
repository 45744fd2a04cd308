/** Finding spans of a trace by what their rows say. */

import type { Span } from "../../api/types";
import { at, spanAt, type TraceModel } from "./model";
import { modelOf, previewOfSpan, titleOf } from "./preview";

/** Shorter texts stand in nearly every row. */
const CHARACTERS_MIN = 2;

/**
 * The spans that say a text, in any case, in order of start: in their name, preview, model, tool or
 * agent, error or id. Of a large trace contents are not there, and only what its rows say is looked at.
 */
export function findSpans(model: TraceModel, text: string): readonly number[] {
  const wanted = text.trim().toLowerCase();
  if (wanted.length < CHARACTERS_MIN) return [];
  // Names repeat: each is made small once.
  const small = new Map<string, boolean>();
  const says = (part: string | undefined) => {
    if (part === undefined || part === "") return false;
    const known = small.get(part);
    if (known !== undefined) return known;
    const found = part.toLowerCase().includes(wanted);
    small.set(part, found);
    return found;
  };
  return Array.from(model.order).filter((index) => wordsOf(spanAt(model, index)).some(says));
}

function wordsOf(span: Span): readonly (string | undefined)[] {
  return [
    titleOf(span),
    span.name,
    previewOfSpan(span),
    modelOf(span),
    span.tool_name,
    span.agent_name,
    span.error_type,
    span.span_id,
  ];
}

/** The match after (step 1) or before (step -1) a span, round the ends; by start, then as received. */
export function matchBeside(
  model: TraceModel,
  matches: readonly number[],
  from: number | undefined,
  step: 1 | -1,
): number | undefined {
  if (from === undefined) return step === 1 ? matches[0] : matches.at(-1);
  const after = (a: number, b: number) => at(model.start, a) - at(model.start, b) || a - b;
  const next =
    step === 1
      ? matches.find((match) => after(match, from) > 0)
      : matches.findLast((match) => after(match, from) < 0);
  return next ?? (step === 1 ? matches[0] : matches.at(-1));
}
