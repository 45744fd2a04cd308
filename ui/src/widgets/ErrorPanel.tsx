/** A failure, where the data would be: what failed, why, what to try. */

import { CircleAlert, Copy, RotateCw } from "lucide-react";
import { ApiError } from "../api/client";
import { Button } from "../kit/Button";
import styles from "./ErrorPanel.module.css";
import { copyAndSay } from "./toast";

type ErrorPanelProps = {
  readonly error: unknown;
  /** What was being done, to follow "Could not": `load the traces`. */
  readonly doing: string;
  readonly onRetry?: () => void;
};

export function ErrorPanel({ error, doing, onRetry }: ErrorPanelProps) {
  const known = error instanceof ApiError ? error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return (
    <section role="alert" className={styles.panel}>
      <CircleAlert size={20} className={styles.icon} aria-hidden="true" />
      <div className={styles.text}>
        <h2>Could not {doing}</h2>
        <p>{known ? `${known.title}. ${known.detail}` : message}</p>
        {known?.options.hint && <p>{known.options.hint}</p>}
        <div className={styles.actions}>
          {onRetry && (
            <Button icon={<RotateCw size={14} />} onClick={onRetry}>
              Retry
            </Button>
          )}
          <Button
            look="bare"
            icon={<Copy size={14} />}
            onClick={() => copyAndSay(known?.report ?? message, "the details")}
          >
            Copy details
          </Button>
        </div>
      </div>
    </section>
  );
}
