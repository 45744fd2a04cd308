/** A page that failed to draw; the navigation stays. */

import { ErrorPanel } from "../widgets/ErrorPanel";

export function FailedPage({
  error,
  reset,
}: {
  readonly error: unknown;
  readonly reset: () => void;
}) {
  return <ErrorPanel error={error} doing="show this page" onRetry={reset} />;
}
