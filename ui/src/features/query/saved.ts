/** Saved queries: the views of the query page. */

import type { ViewedPage } from "../../widgets/views";

export const SAVED_QUERIES: ViewedPage = {
  page: "query",
  words: "sql",
  noun: "Saved query",
  button: "Saved queries",
  heading: "Saved queries",
  shown: "query",
  title: "Save this query",
  keeps: "the SQL and the time range",
  stays: "the rows it asks about stay",
};
