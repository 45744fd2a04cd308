/** Keeps the page's view state, mirrored into the address bar and read back from it. */

import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { traceSearch } from "../../base/search";
import { searchOfView, type TraceViewState, viewFromSearch } from "./view_state";

const ROUTE = "/p/$project/traces/$traceId";
/** Keys held down move the selection many times a second; the address follows when they rest. */
const WRITE_MS = 150;

export function useTraceView(horizon: number, initial: (view: TraceViewState) => TraceViewState) {
  const search = traceSearch(useSearch({ from: ROUTE }));
  const navigate = useNavigate({ from: ROUTE });
  const [view, setView] = useState(() => initial(viewFromSearch(search, horizon)));
  const { span, noise, fold, zoom, tab, find } = search;
  const inAddress = textOf({ span, noise, fold, zoom, tab, find });
  const written = useRef(inAddress);
  const wanted = searchOfView(view, horizon);
  const wantedText = textOf(wanted);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the text stands for the whole object.
  useEffect(() => {
    if (wantedText === written.current) return;
    const timer = setTimeout(() => {
      written.current = wantedText;
      navigate({ search: (before) => ({ ...before, ...wanted }), replace: true });
    }, WRITE_MS);
    return () => clearTimeout(timer);
  }, [wantedText]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only a change of the address from outside counts.
  useEffect(() => {
    if (inAddress === written.current) return;
    written.current = inAddress;
    setView(initial(viewFromSearch(search, horizon)));
  }, [inAddress]);

  const change = (next: Partial<TraceViewState>) => setView((before) => ({ ...before, ...next }));
  return { view, change };
}

function textOf(search: Readonly<Record<string, string | undefined>>): string {
  return JSON.stringify(
    Object.entries(search)
      .filter(([, value]) => value !== undefined)
      .sort(),
  );
}
