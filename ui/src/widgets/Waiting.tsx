/** What stands while data is on its way: nothing, then a skeleton, then elapsed time and Cancel. */

import { type ReactNode, useEffect, useState } from "react";
import { formatElapsed } from "../base/time";
import { Button } from "../kit/Button";
import { useKeys } from "./useKeys";
import styles from "./Waiting.module.css";

/** Below this nothing is drawn: a flash would be the only thing seen. */
const SKELETON_AFTER_MS = 100;
const WORDS_AFTER_MS = 1000;

type WaitingProps = {
  /** Follows "Loading": `the traces`. */
  readonly what: string;
  readonly skeleton?: ReactNode;
  readonly onCancel?: () => void;
};

export function Waiting({ what, skeleton, onCancel }: WaitingProps) {
  const [elapsed, setElapsed] = useState(0);
  useEffect(() => {
    const started = performance.now();
    const tick = () => setElapsed(performance.now() - started);
    const first = setTimeout(tick, SKELETON_AFTER_MS);
    const every = setInterval(tick, WORDS_AFTER_MS);
    return () => {
      clearTimeout(first);
      clearInterval(every);
    };
  }, []);
  useKeys(onCancel ? { close: onCancel } : {});
  if (elapsed < SKELETON_AFTER_MS) return null;
  return (
    <div className={styles.waiting} aria-busy="true">
      {elapsed >= WORDS_AFTER_MS && (
        <div className={styles.words} role="status">
          <span>
            Loading {what} · <span aria-hidden="true">{formatElapsed(elapsed / 1000)}</span>
          </span>
          {onCancel && (
            <Button look="bare" onClick={onCancel}>
              Cancel
            </Button>
          )}
        </div>
      )}
      {skeleton}
    </div>
  );
}
