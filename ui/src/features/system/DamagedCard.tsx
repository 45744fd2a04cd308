/** Stored data that cannot be read or was lost: answers are without it, so this is said first. */

import type { SystemStatus } from "../../api/types";
import { formatPlural } from "../../base/format";
import { Card } from "./Card";
import styles from "./System.module.css";

export function DamagedCard({ damaged }: { readonly damaged: SystemStatus["damaged"] }) {
  if (damaged.length === 0) return null;
  return (
    <Card title="Damaged" aside="answers are without it" look="bad" wide>
      <p className={styles.alarm} role="alert">
        {formatPlural(damaged.length, "piece")} of the stored data cannot be read. Restore the data
        directory from a backup to have it back.
      </p>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col" className={styles.words}>
              Why
            </th>
          </tr>
        </thead>
        <tbody>
          {damaged.map(({ name, reason }) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td className={styles.words}>{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
