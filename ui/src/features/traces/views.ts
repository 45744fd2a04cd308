/** Saved views of the traces list. */

import type { ViewedPage } from "../../widgets/views";

export const TRACE_VIEWS: ViewedPage = {
  page: "traces",
  words: "q",
  noun: "View",
  button: "Views",
  heading: "Saved views",
  shown: "list",
  title: "Save this list as a view",
  keeps: "the filter and the time range",
  stays: "the traces stay",
};
