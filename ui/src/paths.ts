/**
 * The only place where links are made.
 *
 * Each function answers what `<Link {...}>` and `navigate(...)` take; the router checks at compile
 * time that the route exists and has its parameters. Snapshot-tested in `tests/unit/paths.test.ts`.
 */

import type { FirstRunSearch, QuerySearch, TraceSearch, TracesSearch } from "./base/search";

export const paths = {
  /** The traces list of the project visited last. */
  home: () => ({ to: "/" }) as const,

  traces: (project: string, search: TracesSearch & FirstRunSearch = {}) =>
    ({ to: "/p/$project/traces", params: { project }, search }) as const,

  trace: (project: string, traceId: string, search: TraceSearch = {}) =>
    ({ to: "/p/$project/traces/$traceId", params: { project, traceId }, search }) as const,

  /** Questions in SQL. */
  query: (project: string, search: QuerySearch = {}) =>
    ({ to: "/p/$project/query", params: { project }, search }) as const,

  /** How the server is doing. */
  system: () => ({ to: "/system" }) as const,

  /** The permalink that needs no project. */
  tracePermalink: (traceId: string, search: { readonly span?: string } = {}) =>
    ({ to: "/t/$traceId", params: { traceId }, search }) as const,
};
