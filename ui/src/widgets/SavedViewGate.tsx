/** Stands for a page until it is known what the saved view says that its address names. */

import type { ReactNode } from "react";
import { ErrorPanel } from "./ErrorPanel";
import { PageHeader } from "./PageHeader";
import type { useSavedView } from "./useSavedView";
import type { ViewedPage } from "./views";
import { Waiting } from "./Waiting";

type SavedViewGateProps = {
  readonly of: ViewedPage;
  readonly saved: Pick<ReturnType<typeof useSavedView>, "waits" | "error" | "retry">;
  /** Of the page. */
  readonly title: string;
  readonly skeleton?: ReactNode;
  readonly children: ReactNode;
};

export function SavedViewGate({ of, saved, title, skeleton, children }: SavedViewGateProps) {
  const what = `the ${of.noun.toLowerCase()}`;
  const { waits, error, retry } = saved;
  if (!waits && !error) return children;
  return (
    <>
      <PageHeader title={title} />
      {error ? (
        <ErrorPanel error={error} doing={`load ${what}`} onRetry={retry} />
      ) : (
        <Waiting what={what} skeleton={skeleton} />
      )}
    </>
  );
}
