/** `/t/:traceId?span=`: finds the trace in whichever project it lies and goes there. */

import { useQuery } from "@tanstack/react-query";
import { Navigate, useParams, useSearch } from "@tanstack/react-router";
import { queries } from "../api/queries";
import { settings } from "../base/settings";
import { paths } from "../paths";
import { ErrorPanel } from "../widgets/ErrorPanel";
import { PageHeader } from "../widgets/PageHeader";

export function PermalinkPage() {
  const { traceId } = useParams({ from: "/t/$traceId" });
  const search = useSearch({ from: "/t/$traceId" });
  const found = useQuery(queries.traceAnywhere(traceId.toLowerCase()));
  if (found.data) {
    const project = found.data.project ?? settings().lastProject;
    return <Navigate {...paths.trace(project, found.data.trace.trace_id, search)} replace />;
  }
  return (
    <>
      <PageHeader title="Trace" />
      {found.error && (
        <ErrorPanel
          error={found.error}
          doing={`find trace ${traceId}`}
          onRetry={() => found.refetch()}
        />
      )}
    </>
  );
}
