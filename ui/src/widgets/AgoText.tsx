/** How long ago a moment was; keeps up with the clock while it is shown. */

import { useEffect, useState } from "react";
import { formatAgo, formatTime, nowNanos } from "../base/time";
import { timeTitle } from "./TimeText";
import { useZone } from "./useSettings";

const TICK_MS = 5000;

export function AgoText({ nanos }: { readonly nanos: bigint }) {
  const zone = useZone();
  const [now, setNow] = useState(nowNanos);
  useEffect(() => {
    const timer = setInterval(() => setNow(nowNanos()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  // A moment newer than the last tick was just now, not in the future.
  return (
    <time dateTime={formatTime(nanos, zone, "iso")} title={timeTitle(nanos, zone)}>
      {formatAgo(nanos, now > nanos ? now : nanos)}
    </time>
  );
}
