/** Refetches a trace when the server says that it grew, at most once a second. */

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { queries } from "../../api/queries";
import { type StreamState, useTraceStream } from "../../api/stream";

const REFETCH_MS = 1000;

/** Listens while `active`; answers the state of the connection. */
export function useLiveTrace(project: string, traceId: string, active: boolean): StreamState {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const last = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);

  const refetch = () => {
    if (timer.current !== undefined) return;
    const wait = Math.max(0, last.current + REFETCH_MS - performance.now());
    timer.current = setTimeout(() => {
      timer.current = undefined;
      last.current = performance.now();
      client.invalidateQueries({ queryKey: queries.trace(project, traceId).queryKey });
    }, wait);
  };
  return useTraceStream(active ? project : undefined, {
    traceId,
    onTraces: refetch,
    onReset: refetch,
  });
}
