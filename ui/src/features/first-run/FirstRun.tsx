/** How to send the first trace. */
export function FirstRun(_: {
  readonly project: string;
  readonly lang?: string;
  readonly onLeave: () => void;
}) {
  return null;
}
