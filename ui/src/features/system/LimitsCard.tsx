/** The limits that senders and readers run into. */

import type { LimitInForce } from "../../api/types";
import { Card } from "./Card";
import { FactList } from "./FactList";
import { limitText } from "./facts";
import styles from "./System.module.css";

export function LimitsCard({ limits }: { readonly limits: readonly LimitInForce[] }) {
  return (
    <Card title="Limits in force" aside="none can be set from outside yet" double>
      <div className={styles.columns}>
        <FactList rows={limits.map((limit) => [limit.about, limitText(limit)] as const)} />
      </div>
    </Card>
  );
}
