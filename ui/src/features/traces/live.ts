/** What the live stream means for a list that is being read: pure steps over a small state. */

import type { TraceSummary } from "../../api/types";
import { nanosFrom } from "../../base/format";

export type LiveState = {
  /** Newer knowledge of rows already in the list. */
  readonly updates: ReadonlyMap<string, TraceSummary>;
  /** Traces not in the list yet, newest first. */
  readonly waiting: readonly TraceSummary[];
  /** More wait than one page could tell. */
  readonly waitingMore: boolean;
  /** All that waits is newer than all that is listed. */
  readonly onTop: boolean;
};

export const QUIET: LiveState = {
  updates: new Map(),
  waiting: [],
  waitingMore: false,
  onTop: true,
};

/**
 * Takes in the newest page of the list.
 *
 * Rows the list has are updated in place; others wait for the pill, so that nothing shifts.
 * `since` leaves out what an order other than by time may hold further down, not yet loaded.
 */
export function takeNewest(
  state: LiveState,
  newest: readonly TraceSummary[],
  listed: ReadonlySet<string>,
  since = 0n,
): LiveState {
  const updates = new Map(state.updates);
  for (const trace of newest) if (listed.has(trace.trace_id)) updates.set(trace.trace_id, trace);
  const known = newest.map((trace) => listed.has(trace.trace_id));
  const waiting = newest.filter(
    (trace, i) => !known[i] && (nanosFrom(trace.start_unix_nanos) ?? 0n) >= since,
  );
  const firstKnown = known.indexOf(true);
  return {
    updates,
    waiting,
    waitingMore: firstKnown < 0 && newest.length > 0 && listed.size > 0,
    // A trace can arrive after younger ones; put on top it would stand in the wrong place.
    onTop: firstKnown >= waiting.length || listed.size === 0,
  };
}

/** Takes in one trace that changed somewhere down the list. */
export function takeOne(state: LiveState, trace: TraceSummary): LiveState {
  return { ...state, updates: new Map(state.updates).set(trace.trace_id, trace) };
}

/** The words of the pill. */
export function pillText({ waiting, waitingMore }: LiveState): string | undefined {
  if (waiting.length === 0) return undefined;
  return `${waiting.length}${waitingMore ? "+" : ""} new`;
}
