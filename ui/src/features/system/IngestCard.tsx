/** What comes in: now, over the last minute, and by protocol since the start. */

import type { SystemStatus } from "../../api/types";
import { formatBytes, formatCountExact } from "../../base/format";
import { Card } from "./Card";
import { formatRate, sparkOf } from "./facts";
import styles from "./System.module.css";

const SECONDS = 60;
const HEIGHT = 40;

export function IngestCard({ ingest }: { readonly ingest: SystemStatus["ingest"] }) {
  const { records_per_second: records, bytes_per_second: bytes, protocols } = ingest;
  const over = `mean of the last ${ingest.seconds} s`;
  return (
    <Card title="Coming in now" aside={over}>
      <div className={styles.now}>
        <p className={styles.big}>
          {formatRate(records)} <span>records/s</span>
        </p>
        <p className={styles.beside}>{formatBytes(Math.round(bytes))}/s</p>
        <Minute counts={ingest.records_by_second} />
      </div>
      {protocols.length === 0 ? (
        <p className={styles.note}>Nothing has come in since the server started.</p>
      ) : (
        <table className={styles.table}>
          <caption>By protocol, since the server started</caption>
          <thead>
            <tr>
              <th scope="col">Protocol</th>
              <th scope="col">Accepted</th>
              <th scope="col">Refused</th>
              <th scope="col">Records</th>
              <th scope="col">Bytes</th>
            </tr>
          </thead>
          <tbody>
            {protocols.map((counts) => (
              <tr key={counts.protocol}>
                <th scope="row">{counts.protocol}</th>
                <td>{formatCountExact(counts.requests_accepted)}</td>
                <td>{formatCountExact(counts.requests_refused)}</td>
                <td>{formatCountExact(counts.records)}</td>
                <td>{formatBytes(counts.bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

/** Records of each second of the last minute. */
function Minute({ counts }: { readonly counts: readonly number[] }) {
  const most = Math.max(0, ...counts);
  const sum = counts.reduce((all, count) => all + count, 0);
  const words = `Last minute: ${formatCountExact(sum)} records, at most ${formatCountExact(most)} in a second`;
  return (
    <svg
      role="img"
      aria-label={words}
      className={styles.minute}
      viewBox={`0 0 ${SECONDS} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      <title>{words}</title>
      <line x1="0" x2={SECONDS} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className={styles.base} />
      {sparkOf(counts, SECONDS, HEIGHT - 2).map(({ x, height }) => (
        <rect key={x} x={x + 0.1} y={HEIGHT - height} width={0.8} height={height} />
      ))}
    </svg>
  );
}
