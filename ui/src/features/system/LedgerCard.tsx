/** What became of every record received today: the rows add up. */

import type { LedgerCounts } from "../../api/types";
import { formatCountExact } from "../../base/format";
import { Card } from "./Card";
import { ledgerRows, shareText } from "./facts";
import styles from "./System.module.css";

type LedgerCardProps = { readonly counts: LedgerCounts; readonly zoneName: string };

export function LedgerCard({ counts, zoneName }: LedgerCardProps) {
  const rows = ledgerRows(counts);
  return (
    <Card title="Received today" aside={`since midnight, ${zoneName}`}>
      <p className={styles.big}>
        {formatCountExact(counts.received)}{" "}
        <span>{counts.received === 1 ? "record" : "records"}</span>
      </p>
      <div className={styles.shares} aria-hidden="true">
        {rows.map(({ key, share, inner }) =>
          inner || share === 0 ? null : (
            <i key={key} data-part={key} style={{ width: `${share * 100}%` }} />
          ),
        )}
      </div>
      <table className={styles.table}>
        <caption>What became of them</caption>
        <tbody>
          {rows.map(({ key, name, count, share, inner }) => (
            <tr key={key} data-inner={inner} data-zero={count === 0}>
              <th scope="row">
                {!inner && <i className={styles.swatch} data-part={key} aria-hidden="true" />}
                {name}
              </th>
              <td>{formatCountExact(count)}</td>
              <td className={styles.share}>{count === 0 ? "" : shareText(share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
