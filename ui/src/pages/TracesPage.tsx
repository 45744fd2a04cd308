/** `/p/:project/traces`: the list, or how to send the first trace. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { queries } from "../api/queries";
import { invalidTracesParams, tracesSearch } from "../base/search";
import { FirstRun } from "../features/first-run/FirstRun";
import { Skeleton } from "../features/traces/Skeleton";
import { TraceList } from "../features/traces/TraceList";
import { TRACE_VIEWS } from "../features/traces/views";
import { InvalidParams } from "../widgets/InvalidParams";
import { SavedViewGate } from "../widgets/SavedViewGate";
import { useSavedView } from "../widgets/useSavedView";

const READING = { read: tracesSearch, invalid: invalidTracesParams };

export function TracesPage() {
  const { project } = useParams({ from: "/p/$project/traces" });
  return <ProjectTraces key={project} project={project} />;
}

function ProjectTraces({ project }: { readonly project: string }) {
  const raw = useSearch({ from: "/p/$project/traces" });
  const client = useQueryClient();
  const newest = useQuery(queries.newestTrace(project));
  const saved = useSavedView(project, TRACE_VIEWS, raw, READING);
  const { shown, view } = saved;
  // Once shown, the first-run page stays until it is left: its last check is the good news.
  const [firstRun, setFirstRun] = useState<boolean>();
  // What an earlier visit found empty may have been filled since.
  const never = newest.isSuccess && !newest.isFetching && newest.data.traces.length === 0;
  if (never && firstRun === undefined) setFirstRun(true);
  const leave = async () => {
    // The list was asked for before there was anything in it, or even a project.
    await client.resetQueries({ queryKey: ["traces", project] });
    await newest.refetch();
    setFirstRun(false);
  };
  if (firstRun) {
    return <FirstRun project={project} lang={shown.lang} onLeave={leave} />;
  }
  return (
    <>
      <InvalidParams names={saved.ignored} />
      <SavedViewGate of={TRACE_VIEWS} saved={saved} title="Traces" skeleton={<Skeleton />}>
        <TraceList project={project} search={shown} view={view} newest={newest.data?.traces[0]} />
      </SavedViewGate>
    </>
  );
}
