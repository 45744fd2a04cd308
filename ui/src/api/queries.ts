/** Every question the UI asks the server, as options for the query cache. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { TraceSort } from "../base/search";
import { ApiError, type Download, download, get, write } from "./client";
import {
  parseAbout,
  parseProjects,
  parseReceiver,
  parseTraceDetail,
  parseTracePage,
} from "./parse";
import { parseDifference } from "./parse_difference";
import { parseCostAccount, parseExplanation } from "./parse_explain";
import { parseCompletion } from "./parse_query";
import { parseSkeleton, parseSpanContent } from "./parse_skeleton";
import { parseProgress, parseSqlAnswer, parseSqlTables } from "./parse_sql";
import { parseSystem } from "./parse_system";
import { parseViews } from "./parse_views";
import { requestIdOf } from "./request_id";
import type { ShownTrace, TracePage } from "./types";

/** What picks the rows of the traces list. */
export type TraceListKey = {
  readonly project: string;
  /** The `t` parameter; absent covers all time. */
  readonly range?: string;
  readonly sort: TraceSort;
  /** The filter; absent takes every trace. */
  readonly filter?: string;
};

/** A question in SQL, as the API takes it. */
export type SqlQuestion = {
  readonly sql: string;
  /** The `t` parameter; absent covers all time. */
  readonly t?: string;
  /** Absent, the server's own limit holds. */
  readonly max_rows?: number;
};

/** How often somebody who waits is told how far it is. */
const PROGRESS_EVERY_MS = 500;

const PAGE_ROWS = 100;
/** Fields of a comparison; the panel shows fewer of each group. */
const DIFFERENCE_FIELDS = 100;

/** Traces of more spans are shown from their skeleton; contents come span by span. */
export const WHOLE_TRACE_SPANS_MAX = 2000;

/** Reads one page of the traces list. */
export function tracesPage(
  { project, range, sort, filter }: TraceListKey,
  at: { readonly cursor?: string; readonly signal?: AbortSignal } = {},
): Promise<TracePage> {
  return get(`/projects/${encodeURIComponent(project)}/traces`, parseTracePage, {
    signal: at.signal,
    params: { q: filter, t: range, sort, limit: PAGE_ROWS, cursor: at.cursor },
  });
}

/** Asks in SQL and takes the rows as a file. */
export function sqlFile(
  project: string,
  question: SqlQuestion & { readonly format: string },
  signal: AbortSignal,
): Promise<Download> {
  return download(sqlAddress(project), question, signal);
}

export const queries = {
  about: () =>
    queryOptions({
      queryKey: ["about"],
      queryFn: ({ signal }) => get("/about", parseAbout, { signal }),
      staleTime: Number.POSITIVE_INFINITY,
    }),

  projects: () =>
    queryOptions({
      queryKey: ["projects"],
      queryFn: ({ signal }) => get("/projects", parseProjects, { signal }),
      staleTime: 30_000,
    }),

  /** What may come at a place of a filter; values are those of the range. */
  completion: (
    project: string,
    at: { readonly text: string; readonly cursor: number; readonly range?: string },
  ) =>
    queryOptions({
      queryKey: ["completion", project, at.text, at.cursor, at.range ?? ""],
      queryFn: ({ signal }) =>
        get(`/projects/${encodeURIComponent(project)}/query/complete`, parseCompletion, {
          signal,
          params: { q: at.text, cursor: at.cursor, t: at.range },
        }),
      staleTime: 30_000,
      retry: false,
    }),

  /** What is different between the traces of a filter and the rest of the time. */
  difference: (project: string, of: { readonly a: string; readonly range?: string }) =>
    queryOptions({
      queryKey: ["difference", project, of.a, of.range ?? ""],
      queryFn: ({ signal }) =>
        get(`/projects/${encodeURIComponent(project)}/difference`, parseDifference, {
          signal,
          params: { a: of.a, t: of.range, limit: DIFFERENCE_FIELDS },
        }),
      staleTime: 30_000,
      retry: false,
    }),

  /** The saved views of a project. */
  views: (project: string) =>
    queryOptions({
      queryKey: ["views", project],
      queryFn: ({ signal }) => get(viewsAddress(project), parseViews, { signal }),
      staleTime: 30_000,
    }),

  /** Pages of the traces list, keyset by `next_cursor`. */
  traces: ({ project, range, sort, filter }: TraceListKey) =>
    infiniteQueryOptions({
      queryKey: ["traces", project, range ?? "", sort, filter ?? ""],
      queryFn: ({ signal, pageParam }) =>
        tracesPage({ project, range, sort, filter }, { cursor: pageParam, signal }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => page.nextCursor,
      // New rows are offered by the live pill; a refetch on focus would shift what is being read.
      staleTime: Number.POSITIVE_INFINITY,
    }),

  /**
   * The newest trace of a project over all time: tells an empty range from an empty project.
   * A project that does not exist yet is empty; the first record sent to it creates it.
   */
  newestTrace: (project: string) =>
    queryOptions({
      queryKey: ["newest-trace", project],
      queryFn: ({ signal }) =>
        get(`/projects/${encodeURIComponent(project)}/traces`, parseTracePage, {
          signal,
          params: { sort: "-start", limit: 1 },
        }).catch((error: unknown): TracePage => {
          if (error instanceof ApiError && error.status === 404) return { traces: [] };
          throw error;
        }),
    }),

  /** A trace to be shown: its skeleton first, which says whether all of it can be read at once. */
  trace: (project: string, traceId: string) =>
    queryOptions({
      queryKey: ["trace", project, traceId],
      queryFn: async ({ signal }): Promise<ShownTrace> => {
        const path = `/projects/${encodeURIComponent(project)}/traces/${traceId}`;
        const skeleton = await get(`${path}/skeleton`, parseSkeleton, { signal });
        if (skeleton.spans.length > WHOLE_TRACE_SPANS_MAX) return skeleton;
        return { ...(await get(path, parseTraceDetail, { signal })), apart: false, leftOut: 0 };
      },
    }),

  /** A span with its content; asked for again whenever its trace is. */
  span: (project: string, traceId: string, spanId: string) =>
    queryOptions({
      queryKey: ["trace", project, traceId, "span", spanId],
      queryFn: ({ signal }) =>
        get(spanAddress(project, traceId, spanId), parseSpanContent, { signal }),
    }),

  /** A trace by its id alone, in whichever project it lies. */
  traceAnywhere: (traceId: string) =>
    queryOptions({
      queryKey: ["trace-anywhere", traceId],
      queryFn: ({ signal }) => get(`/traces/${traceId}/skeleton`, parseSkeleton, { signal }),
    }),

  /** Where the values of a span come from; asked for again whenever its trace is. */
  explanation: (project: string, traceId: string, spanId: string) =>
    queryOptions({
      queryKey: ["trace", project, traceId, "explanation", spanId],
      queryFn: ({ signal }) =>
        get(`${spanAddress(project, traceId, spanId)}/explain`, parseExplanation, { signal }),
    }),

  /** How the cost of a span comes about; asked for again whenever its trace is. */
  cost: (project: string, traceId: string, spanId: string) =>
    queryOptions({
      queryKey: ["trace", project, traceId, "cost", spanId],
      queryFn: ({ signal }) =>
        get(`${spanAddress(project, traceId, spanId)}/cost`, parseCostAccount, { signal }),
    }),

  /** The answer to a question in SQL; it is asked once, and again when somebody says so. */
  sql: (project: string, question: SqlQuestion) =>
    queryOptions({
      queryKey: ["sql", project, question.sql, question.t ?? "", question.max_rows ?? 0],
      queryFn: ({ signal }) => {
        const id = requestIdOf(question);
        return write("POST", sqlAddress(project), question, parseSqlAnswer, { signal, id });
      },
      staleTime: Number.POSITIVE_INFINITY,
      // An answer may be tens of megabytes; a few of them may be gone back to.
      gcTime: 120_000,
      retry: false,
      refetchOnReconnect: false,
      // Comparing a hundred thousand rows with the last answer costs more than drawing them.
      structuralSharing: false,
    }),

  /** How far a question in SQL is that is being answered; null once it is. */
  sqlProgress: (project: string, question: SqlQuestion) =>
    queryOptions({
      queryKey: ["sql-progress", project, requestIdOf(question)],
      queryFn: ({ signal }) => {
        const id = encodeURIComponent(requestIdOf(question));
        const address = `/projects/${encodeURIComponent(project)}/requests/${id}`;
        return get(address, parseProgress, { signal }).catch((error: unknown) => {
          if (error instanceof ApiError && error.status === 404) return null;
          throw error;
        });
      },
      refetchInterval: PROGRESS_EVERY_MS,
      gcTime: 0,
      retry: false,
    }),

  /** The tables that SQL may name. */
  sqlTables: (project: string) =>
    queryOptions({
      queryKey: ["sql-tables", project],
      queryFn: ({ signal }) => get(`${sqlAddress(project)}/tables`, parseSqlTables, { signal }),
      staleTime: Number.POSITIVE_INFINITY,
    }),

  /** How the server is doing; the ledger covers what was received since a moment. */
  system: (since: bigint) =>
    queryOptions({
      queryKey: ["system", String(since)],
      queryFn: ({ signal }) => get("/system", parseSystem, { signal, params: { t: `${since}~` } }),
    }),

  receiver: () =>
    queryOptions({
      queryKey: ["receiver"],
      queryFn: ({ signal }) => get("/receiver", parseReceiver, { signal }),
      staleTime: Number.POSITIVE_INFINITY,
    }),
};

/** Where the saved views of a project are. */
export function viewsAddress(project: string): string {
  return `/projects/${encodeURIComponent(project)}/views`;
}

function sqlAddress(project: string): string {
  return `/projects/${encodeURIComponent(project)}/sql`;
}

function spanAddress(project: string, traceId: string, spanId: string): string {
  return `/projects/${encodeURIComponent(project)}/traces/${traceId}/spans/${spanId}`;
}

/** Retries what may heal by itself: no answer, a busy server; never a refusal. */
export function retryable(failures: number, error: unknown): boolean {
  if (failures >= 2) return false;
  if (!(error instanceof ApiError)) return false;
  return error.status === undefined || error.status === 429 || error.status >= 500;
}
