/** The lines of a bill and what they add up to, numbers below each other. */

import type { CostAccount } from "../../api/types";
import { billRows, hasParts, sumRows } from "./bill";
import styles from "./Cost.module.css";
import { plainLine } from "./plain";

export function BillTable({ account }: { readonly account: CostAccount }) {
  const lines = billRows(account);
  const sums = sumRows(account);
  if (lines.length + sums.length === 0) return null;
  return (
    <table className={styles.bill}>
      {lines.length > 0 && (
        <thead>
          <tr>
            <th scope="col">Used</th>
            <th scope="col">Count</th>
            <th scope="col" colSpan={2}>
              Price
            </th>
            <th scope="col">Cost</th>
          </tr>
        </thead>
      )}
      <tbody>
        {lines.map(({ unit, count, price, per, cost, note }) => (
          <tr key={unit}>
            <th scope="row">
              {plainLine(unit, 60)}
              {note && <small>{note}</small>}
            </th>
            <td>{count}</td>
            <td>{price}</td>
            <td className={styles.per}>{per}</td>
            <td>{cost}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        {sums.map(({ name, cost, from, counts }) => (
          <tr key={name} className={counts ? styles.counts : undefined}>
            <th scope="row">
              {name}
              {counts && <span className={styles.mark}>counts</span>}
            </th>
            <td colSpan={3} className={styles.source}>
              {plainLine(from, 80)}
            </td>
            <td>{cost}</td>
          </tr>
        ))}
      </tfoot>
      {hasParts(account) && (
        <caption>A count leaves out the parts that have a line of their own</caption>
      )}
    </table>
  );
}
