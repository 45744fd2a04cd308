/** Whether the server accepts, and if not, why. */

import { CircleAlert, CircleCheck, CirclePause } from "lucide-react";
import type { SystemStatus } from "../../api/types";
import { stateWords } from "./facts";
import styles from "./System.module.css";

const ICONS = { ok: CircleCheck, warn: CirclePause, bad: CircleAlert } as const;

export function StateBanner({ state }: { readonly state: SystemStatus["state"] }) {
  const { look, title, detail } = stateWords(state);
  const Icon = ICONS[look];
  return (
    <div className={styles.banner} data-look={look} role={look === "ok" ? undefined : "alert"}>
      <Icon size={20} aria-hidden="true" />
      <strong>{title}</strong>
      <span>{detail}</span>
    </div>
  );
}
