/** The rows of the list: pages as one scrolls, updates in place, and what waits for the pill. */

import {
  type InfiniteData,
  keepPreviousData,
  useInfiniteQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { get } from "../../api/client";
import { parseSkeleton } from "../../api/parse_skeleton";
import { queries, type TraceListKey, tracesPage } from "../../api/queries";
import { useTraceStream } from "../../api/stream";
import type { TracePage } from "../../api/types";
import { nowNanos } from "../../base/time";
import { pillText, QUIET, takeNewest, takeOne } from "./live";
import { tracesOf } from "./rows";

/** Changes are gathered this long before the server is asked. */
const GATHER_MS = 700;
/** Changed rows beyond the newest page that are refetched one by one. */
const SINGLES_MAX = 8;
/** A list read longer ago than this asks for news when the stream opens. */
const STALE_MS = 2000;

export function useTraceList(key: TraceListKey, live: boolean) {
  const client = useQueryClient();
  const options = queries.traces(key);
  const query = useInfiniteQuery({ ...options, placeholderData: keepPreviousData });
  const [state, setState] = useState(QUIET);
  const pages = query.data?.pages ?? NO_PAGES;
  const traces = useMemo(() => tracesOf(pages, state.updates), [pages, state.updates]);
  const listed = useMemo(() => new Set(traces.map((trace) => trace.trace_id)), [traces]);
  const [total, setTotal] = useState<TracePage["total"]>();

  const keyText = `${key.project} ${key.range} ${key.sort} ${key.filter}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list starts with nothing waiting.
  useEffect(() => {
    setState(QUIET);
    setTotal(undefined);
  }, [keyText]);

  const reload = useCallback(async () => {
    setState(QUIET);
    setTotal(undefined);
    await client.resetQueries({ queryKey: queries.traces(key).queryKey });
  }, [client, key]);

  const openedAt = useRef(nowNanos());
  const latest = useRef({ listed, key });
  useEffect(() => {
    latest.current = { listed, key };
  });

  const catchUp = useCallback(
    async (changed: ReadonlySet<string>) => {
      const { key: asked } = latest.current;
      const newest = await tracesPage({ ...asked, sort: "-start" });
      const { listed: known, key: now } = latest.current;
      if (now !== asked && !isSameList(now, asked)) return;
      setTotal(newest.total);
      if (!asked.range && !asked.filter)
        client.setQueryData(queries.newestTrace(asked.project).queryKey, newest);
      const since = asked.sort === "-start" ? 0n : openedAt.current;
      setState((before) => takeNewest(before, newest.traces, known, since));
      const fresh = new Set(newest.traces.map((trace) => trace.trace_id));
      const rest = [...changed].filter((id) => known.has(id) && !fresh.has(id));
      for (const id of rest.slice(0, SINGLES_MAX)) {
        const path = `/projects/${encodeURIComponent(asked.project)}/traces/${id}/skeleton`;
        const { trace } = await get(path, parseSkeleton);
        setState((before) => takeOne(before, trace));
      }
    },
    [client],
  );

  const gather = useGather(catchUp);
  const stream = useTraceStream(live ? key.project : undefined, {
    onTraces: ({ traceIds }) => gather(traceIds),
    onReset: () => gather([]),
  });

  // A list kept from before has missed what happened in between.
  const connected = stream === "live";
  const readAt = query.dataUpdatedAt;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the moment of connecting counts.
  useEffect(() => {
    if (connected && readAt > 0 && Date.now() - readAt > STALE_MS) gather([]);
  }, [connected]);

  const showNew = useCallback(async () => {
    const { waiting, waitingMore, onTop } = state;
    // With a gap between what waits and what is listed, or another order, only a new read is true.
    if (waitingMore || !onTop || key.sort !== "-start") return reload();
    const { queryKey } = queries.traces(key);
    // A page still being read would write back the list as it was when the reading began.
    await client.cancelQueries({ queryKey });
    client.setQueryData(queryKey, (data: InfiniteData<TracePage> | undefined) =>
      withOnTop(data, waiting),
    );
    const shown = new Set(waiting);
    setState((before) => ({
      ...before,
      waiting: before.waiting.filter((trace) => !shown.has(trace)),
      waitingMore: false,
      onTop: true,
    }));
  }, [client, key, reload, state]);

  // An empty list has nothing to shift.
  const emptyWithNews = traces.length === 0 && state.waiting.length > 0 && query.isSuccess;
  useEffect(() => {
    if (emptyWithNews) showNew();
  }, [emptyWithNews, showNew]);

  return {
    query,
    traces,
    firstPage: pages[0]?.traces ?? NO_TRACES,
    total: total ?? pages[0]?.total,
    stream,
    pill: pillText(state),
    showNew,
    reload,
  };
}

/** Whether two keys pick the same rows, in whatever order. */
function isSameList(one: TraceListKey, other: TraceListKey): boolean {
  return one.project === other.project && one.range === other.range && one.filter === other.filter;
}

const NO_PAGES: readonly TracePage[] = [];
const NO_TRACES: TracePage["traces"] = [];

function withOnTop(data: InfiniteData<TracePage> | undefined, waiting: TracePage["traces"]) {
  const [first, ...rest] = data?.pages ?? [];
  if (!data || !first) return data;
  return { ...data, pages: [{ ...first, traces: [...waiting, ...first.traces] }, ...rest] };
}

/** Gathers ids and hands them on together; while one hand-over runs the next one waits. */
function useGather(deliver: (ids: ReadonlySet<string>) => Promise<void>) {
  const ids = useRef(new Set<string>());
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const busy = useRef(false);

  useEffect(() => () => clearTimeout(timer.current), []);

  return useCallback(
    (more: readonly string[]) => {
      for (const id of more) ids.current.add(id);
      const flush = async () => {
        timer.current = undefined;
        if (busy.current) {
          timer.current = setTimeout(flush, GATHER_MS);
          return;
        }
        const gathered = ids.current;
        ids.current = new Set();
        busy.current = true;
        // A failed catch-up is made good by the next event; the stream state shows lasting trouble.
        await deliver(gathered).catch(() => undefined);
        busy.current = false;
      };
      timer.current ??= setTimeout(flush, GATHER_MS);
    },
    [deliver],
  );
}
