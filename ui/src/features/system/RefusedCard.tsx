/** Requests turned away as a whole: how many, why, and the last one in its own words. */

import type { RefusedRequests } from "../../api/types";
import { formatCountExact, nanosFrom } from "../../base/format";
import { AgoText } from "../../widgets/AgoText";
import { WithCode } from "../../widgets/WithCode";
import { Card } from "./Card";
import { refusalWords } from "./facts";
import styles from "./System.module.css";

export function RefusedCard({ refused }: { readonly refused: readonly RefusedRequests[] }) {
  return (
    <Card title="Refused requests" aside="since the server started" wide>
      {refused.length === 0 ? (
        <p className={styles.note}>None. Every request was taken.</p>
      ) : (
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Why</th>
              <th scope="col">Status</th>
              <th scope="col">Requests</th>
              <th scope="col">Last</th>
              <th scope="col" className={styles.words}>
                What the last one was told
              </th>
            </tr>
          </thead>
          <tbody>
            {refused.map(({ status, reason, requests, last_unix_nanos, last_detail }) => (
              <tr key={status}>
                <th scope="row">{refusalWords(reason)}</th>
                <td>{status}</td>
                <td>{formatCountExact(requests)}</td>
                <td className={styles.ago}>
                  <AgoText nanos={nanosFrom(last_unix_nanos) ?? 0n} />
                </td>
                <td className={styles.words}>
                  <WithCode text={last_detail} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}
