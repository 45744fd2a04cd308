/** `/p/:project/traces/:traceId`: fetches the trace and shows it, or says why not. */

import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ApiError } from "../api/client";
import { queries } from "../api/queries";
import type { ShownTrace } from "../api/types";
import { nanosFrom } from "../base/format";
import { shortId } from "../base/ids";
import { invalidTraceParams } from "../base/search";
import { nowNanos } from "../base/time";
import { TraceSkeleton } from "../features/trace/TraceSkeleton";
import { TraceView } from "../features/trace/TraceView";
import { useLiveTrace } from "../features/trace/useLiveTrace";
import { paths } from "../paths";
import { ErrorPanel } from "../widgets/ErrorPanel";
import { InvalidParams } from "../widgets/InvalidParams";
import { PageHeader } from "../widgets/PageHeader";
import { Waiting } from "../widgets/Waiting";
import styles from "./pages.module.css";

/** Spans may still arrive this long after the last one ended; later a refresh is asked for. */
const LATE_NANOS = 600_000_000_000n;
/** A running trace that was silent this long has lost its end rather than not reached it. */
const SILENT_NANOS = 86_400_000_000_000n;

export function TracePage() {
  const { project, traceId } = useParams({ from: "/p/$project/traces/$traceId" });
  const raw = useSearch({ from: "/p/$project/traces/$traceId" });
  const found = useQuery({
    ...queries.trace(project, traceId.toLowerCase()),
    // Comparing a hundred thousand spans with the last answer costs more than drawing them.
    structuralSharing: false,
  });
  // The view writes the address anew without them; they are said until they are put away.
  const [invalid] = useState(() => invalidTraceParams(raw));
  const live = useLiveTrace(project, traceId.toLowerCase(), useMayGrow(found.data));
  useTitle(found.data?.trace.name);
  if (found.data) {
    return (
      <>
        <InvalidParams names={invalid} />
        <TraceView
          key={found.data.trace.trace_id}
          project={project}
          detail={found.data}
          live={live}
          onRefresh={() => found.refetch()}
        />
      </>
    );
  }
  if (!found.error) {
    return (
      <>
        <PageHeader title={`Trace ${shortId(traceId)}`} />
        <Waiting what="the trace" skeleton={<TraceSkeleton />} />
      </>
    );
  }
  const missing = found.error instanceof ApiError && found.error.status === 404;
  return (
    <>
      <PageHeader title={`Trace ${shortId(traceId)}`} />
      {missing ? (
        <div className={styles.note}>
          <p>No trace {shortId(traceId)} in this project.</p>
          <p>
            <Link {...paths.tracePermalink(traceId)}>Look in all projects</Link> or{" "}
            <Link {...paths.traces(project)}>go to the traces</Link>
          </p>
        </div>
      ) : (
        <ErrorPanel error={found.error} doing="load the trace" onRetry={() => found.refetch()} />
      )}
    </>
  );
}

/** Whether to keep a connection open for more spans; old traces cost none. */
function useMayGrow(detail: ShownTrace | undefined): boolean {
  const [now] = useState(nowNanos);
  if (!detail) return false;
  const seen = nanosFrom(detail.trace.last_seen_unix_nanos);
  if (detail.trace.status === "running") return seen === undefined || now - seen < SILENT_NANOS;
  const start = nanosFrom(detail.trace.start_unix_nanos) ?? 0n;
  const end = start + (nanosFrom(detail.trace.duration_nanos) ?? 0n);
  return now - end < LATE_NANOS;
}

function useTitle(name: string | undefined): void {
  useEffect(() => {
    if (name === undefined) return;
    const before = document.title;
    document.title = `${name.slice(0, 80)} · clew`;
    return () => {
      document.title = before;
    };
  }, [name]);
}
