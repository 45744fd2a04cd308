/** What was asked, and what came of it: one question at a time, as the address says. */

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { SavedView } from "../../api/parse_views";
import { queries, type SqlQuestion } from "../../api/queries";
import { rangeFromToken, tokenOfRange } from "../../base/range";
import { fitsLink, type QuerySearch } from "../../base/search";
import { paths } from "../../paths";
import { say } from "../../widgets/toast";
import { addressOf } from "../../widgets/views";
import { SAVED_QUERIES } from "./saved";

/** The question of an address; undefined while none was asked. */
export function questionOf({ sql, t, rows }: QuerySearch): SqlQuestion | undefined {
  if (!sql?.trim()) return undefined;
  const range = t === undefined ? undefined : rangeFromToken(t);
  return { sql, t: range && tokenOfRange(range), max_rows: rows && Number(rows) };
}

export function useQuestion(project: string, search: QuerySearch, view: SavedView | undefined) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const question = questionOf(search);
  const options = queries.sql(project, question ?? { sql: "" });
  const query = useQuery({
    ...options,
    enabled: question !== undefined,
    placeholderData: keepPreviousData,
  });
  /** Changes the address, which then is of a saved query; a question of the same words is asked again. */
  const go = (change: QuerySearch, of = view) => {
    const same = (Object.keys(change) as (keyof QuerySearch)[]).every(
      (name) => change[name] === search[name],
    );
    if (same) {
      if (question) query.refetch();
      return;
    }
    let address = addressOf(SAVED_QUERIES, { ...search, ...change }, of);
    if (!fitsLink(address.sql ?? "")) {
      if (address.view) {
        say("The query is too long for a link: save it with this change");
        return;
      }
      // Without its name there is no way to say it.
      address = { ...address, sql: undefined };
    }
    // What the page does not know stays in the address.
    navigate({ ...paths.query(project), search: (raw) => ({ ...raw, ...address }) });
  };
  const running = query.fetchStatus === "fetching";
  return {
    question,
    query,
    go,
    running,
    /** Asked, taken back, and never answered. */
    canceled: question !== undefined && query.isPending && !running,
    /** The answer of this question, or while it runs, of the one before. */
    answer: question && query.data,
    cancel: () => client.cancelQueries({ queryKey: options.queryKey }),
  };
}
