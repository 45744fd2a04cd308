/** A status as icon and spoken word; colour never speaks alone. */

import { Check, CircleAlert, Minus } from "lucide-react";
import type { TraceStatus } from "../api/types";
import styles from "./StatusIcon.module.css";

const NAMES: Record<TraceStatus, string> = {
  ok: "OK",
  error: "Error",
  unset: "No status",
  running: "Running",
};

export function StatusIcon({
  status,
  size = 14,
}: {
  readonly status: TraceStatus;
  readonly size?: number;
}) {
  return (
    <span role="img" aria-label={NAMES[status]} className={`${styles.icon} ${styles[status]}`}>
      {status === "ok" && <Check size={size} />}
      {status === "error" && <CircleAlert size={size} />}
      {status === "unset" && <Minus size={size} />}
      {status === "running" && <Ring size={size} />}
    </span>
  );
}

/** A dashed ring: something is open. It stands still. */
export function Ring({ size = 14 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 14 14" fill="none" aria-hidden="true">
      <circle
        cx="7"
        cy="7"
        r="5.75"
        stroke="currentColor"
        strokeWidth="1.75"
        strokeDasharray="3.6 2.42"
      />
    </svg>
  );
}
