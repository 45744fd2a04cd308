/** `/p/:project/traces`: the list, or how to send the first trace. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { queries } from "../api/queries";
import { invalidTracesParams, tracesSearch } from "../base/search";
import { FirstRun } from "../features/first-run/FirstRun";
import { TraceList } from "../features/traces/TraceList";
import { InvalidParams } from "../widgets/InvalidParams";

export function TracesPage() {
  const { project } = useParams({ from: "/p/$project/traces" });
  return <ProjectTraces key={project} project={project} />;
}

function ProjectTraces({ project }: { readonly project: string }) {
  const raw = useSearch({ from: "/p/$project/traces" });
  const search = tracesSearch(raw);
  const client = useQueryClient();
  const newest = useQuery(queries.newestTrace(project));
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
    return <FirstRun project={project} lang={search.lang} onLeave={leave} />;
  }
  return (
    <>
      <InvalidParams names={invalidTracesParams(raw)} />
      <TraceList project={project} search={search} newest={newest.data?.traces[0]} />
    </>
  );
}
