/** The mark of a call that another trace pays for, leading there. */

import { Link } from "@tanstack/react-router";
import { ReceiptText } from "lucide-react";
import { paths } from "../../paths";
import styles from "./BilledElsewhere.module.css";
import { BILLED_ELSEWHERE } from "./preview";

type BilledElsewhereProps = {
  readonly traceId: string;
  /** Beside the mark; in a row there is no room for them. */
  readonly words?: boolean;
};

export function BilledElsewhere({ traceId, words = false }: BilledElsewhereProps) {
  return (
    <Link
      {...paths.tracePermalink(traceId)}
      className={styles.mark}
      title={BILLED_ELSEWHERE}
      aria-label={BILLED_ELSEWHERE}
      // In a row the keys belong to the grid; the panel has the same link within reach.
      tabIndex={words ? undefined : -1}
      onClick={(event) => event.stopPropagation()}
    >
      <ReceiptText size={12} aria-hidden="true" />
      {words && BILLED_ELSEWHERE}
    </Link>
  );
}
