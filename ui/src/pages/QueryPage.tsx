/** `/p/:project/query`: questions in SQL. */

import { useParams, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { invalidQueryParams, querySearch } from "../base/search";
import { QueryView } from "../features/query/QueryView";
import { InvalidParams } from "../widgets/InvalidParams";

export function QueryPage() {
  const { project } = useParams({ from: "/p/$project/query" });
  const raw = useSearch({ from: "/p/$project/query" });
  useEffect(() => {
    const before = document.title;
    document.title = "Query · clew";
    return () => {
      document.title = before;
    };
  }, []);
  return (
    <>
      <InvalidParams names={invalidQueryParams(raw)} />
      <QueryView key={project} project={project} search={querySearch(raw)} />
    </>
  );
}
