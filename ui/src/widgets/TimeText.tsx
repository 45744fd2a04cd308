/** A moment in the viewer's zone; hover or focus shows it every other way. */

import { formatAgo, formatTime, formatZone, nowNanos, type TimeStyle } from "../base/time";
import { useZone } from "./useSettings";

export function TimeText({
  nanos,
  style = "clock",
}: {
  readonly nanos: bigint;
  readonly style?: TimeStyle;
}) {
  const zone = useZone();
  return (
    <time dateTime={formatTime(nanos, zone, "iso")} title={timeTitle(nanos, zone)}>
      {formatTime(nanos, zone, style)}
    </time>
  );
}

/** Relative, local, UTC with nanoseconds, epoch. */
export function timeTitle(nanos: bigint, zone: string): string {
  return [
    formatAgo(nanos, nowNanos()),
    `${formatTime(nanos, zone, "full")} ${formatZone(zone, nanos)}`,
    formatTime(nanos, zone, "iso"),
    `${nanos} ns since 1970`,
  ].join("\n");
}
