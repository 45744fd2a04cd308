/** What the viewer chose on a trace page, and how the address bar carries it. */

import type { TraceSearch } from "../../base/search";
import { textOfWindow, type Window, windowFromText } from "./scale";

export type TraceViewState = {
  /** The selected span. */
  readonly span: string | undefined;
  /** The row that is active when it is no span: a repetition, a gap, a missing parent. */
  readonly row: string | undefined;
  readonly noiseShown: boolean;
  /** Row keys folded or opened against the default. */
  readonly toggled: ReadonlySet<string>;
  /** Undefined shows the whole trace. */
  readonly zoom: Window | undefined;
  readonly tab: string | undefined;
  /** What is sought in the trace. */
  readonly find: string;
};

/** Beyond this many the address would grow without bound; the rest lives until the page closes. */
const FOLD_KEYS_MAX = 50;

export function viewFromSearch(search: TraceSearch, horizon: number): TraceViewState {
  return {
    span: search.span,
    row: undefined,
    noiseShown: search.noise === "1",
    toggled: new Set(search.fold ? search.fold.split(",") : []),
    zoom: windowFromText(search.zoom, horizon),
    tab: search.tab,
    find: search.find ?? "",
  };
}

export function searchOfView(
  view: TraceViewState,
  horizon: number,
): Pick<TraceSearch, "span" | "noise" | "fold" | "zoom" | "tab" | "find"> {
  const keys = [...view.toggled];
  return {
    span: view.span,
    noise: view.noiseShown ? "1" : undefined,
    fold: keys.length > 0 && keys.length <= FOLD_KEYS_MAX ? keys.join(",") : undefined,
    zoom: view.zoom && textOfWindow(view.zoom, horizon),
    tab: view.tab,
    find: view.find || undefined,
  };
}

/** Flips keys in a set of toggled ones. */
export function flip(toggled: ReadonlySet<string>, keys: readonly string[]): ReadonlySet<string> {
  const next = new Set(toggled);
  for (const key of keys) if (!next.delete(key)) next.add(key);
  return next;
}
