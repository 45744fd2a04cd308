/** `/p/:project/traces` */

import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { queries } from "../api/queries";
import { paths } from "../paths";
import { PageHeader } from "../widgets/PageHeader";

export function TracesPage() {
  const { project } = useParams({ from: "/p/$project/traces" });
  const pages = useInfiniteQuery(queries.traces({ project, sort: "-start" }));
  return (
    <>
      <PageHeader title="Traces" />
      <ul>
        {pages.data?.pages
          .flatMap((page) => page.traces)
          .map((trace) => (
            <li key={trace.trace_id}>
              <Link {...paths.trace(project, trace.trace_id)}>{trace.name}</Link>
            </li>
          ))}
      </ul>
    </>
  );
}
