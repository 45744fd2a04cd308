/** The state of finding: what is sought, what says it, and where the selection stands among it. */

import { useDeferredValue, useMemo, useRef } from "react";
import { findSpans, matchBeside } from "./find";
import { spanAt, type TraceModel } from "./model";

export function useFind(
  model: TraceModel,
  text: string,
  selected: string | undefined,
  onSpan: (id: string) => void,
) {
  const input = useRef<HTMLInputElement>(null);
  // Typing goes on while a hundred thousand rows are looked at.
  const sought = useDeferredValue(text);
  const matches = useMemo(() => findSpans(model, sought), [model, sought]);
  const from = model.indexOfId.get(selected ?? "");
  const place = useMemo(() => (from === undefined ? -1 : matches.indexOf(from)), [matches, from]);
  return {
    input,
    count: matches.length,
    place: place + 1,
    focus: () => input.current?.select(),
    step: (step: 1 | -1) => {
      const next = matchBeside(model, matches, from, step);
      if (next !== undefined) onSpan(spanAt(model, next).span_id);
    },
  };
}
