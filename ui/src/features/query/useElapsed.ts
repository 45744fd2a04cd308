/** How long something has been going on, for people who wait. */

import { useEffect, useState } from "react";

/** Below this nothing is said: it would be gone before it is read. */
const SAID_AFTER_MS = 300;

/** Seconds since `running` became true; undefined while it is false, and for the first moment. */
export function useElapsed(running: boolean): number | undefined {
  const [elapsed, setElapsed] = useState<number>();
  useEffect(() => {
    setElapsed(undefined);
    if (!running) return;
    const started = performance.now();
    const tick = () => setElapsed((performance.now() - started) / 1000);
    const first = setTimeout(tick, SAID_AFTER_MS);
    const every = setInterval(tick, 1000);
    return () => {
      clearTimeout(first);
      clearInterval(every);
    };
  }, [running]);
  return running ? elapsed : undefined;
}
