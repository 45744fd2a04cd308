/** What lies where, how much room is left, and how fast the disk takes it. */

import type { SystemStatus } from "../../api/types";
import {
  formatBytes,
  formatCountExact,
  formatDuration,
  formatPercent,
  formatPlural,
  nanosFrom,
} from "../../base/format";
import { WithCode } from "../../widgets/WithCode";
import { Card } from "./Card";
import { FactList } from "./FactList";
import { diskNearlyFull } from "./facts";
import styles from "./System.module.css";

type StorageCardProps = {
  readonly storage: SystemStatus["storage"];
  readonly appends: SystemStatus["appends"];
  readonly inFlight: SystemStatus["in_flight"];
};

export function StorageCard({ storage, appends, inFlight }: StorageCardProps) {
  return (
    <Card title="Storage">
      <Room storage={storage} />
      <FactList
        rows={[
          [
            "In memory",
            `${formatPlural(storage.memory_rows, "row")} · ${formatBytes(storage.memory_bytes)}`,
          ],
          ["Write-ahead log", formatBytes(storage.wal_bytes)],
          [
            "On disk",
            `${formatPlural(storage.segments, "segment")} · ${formatPlural(storage.segment_rows, "row")} · ${formatBytes(storage.segment_bytes)}`,
          ],
          ["Taken to disk", appendWords(appends)],
          [
            "Being received",
            `${formatCountExact(inFlight.requests)} of ${formatPlural(inFlight.requests_max, "request")} · ${formatBytes(inFlight.bytes)} of ${formatBytes(inFlight.bytes_max)}`,
          ],
        ]}
      />
    </Card>
  );
}

/** From decoded to on disk and visible. */
function appendWords(appends: SystemStatus["appends"]): string {
  const [half, most, longest] = [appends.p50_nanos, appends.p95_nanos, appends.longest_nanos].map(
    (nanos) => formatDuration(nanosFrom(nanos)),
  );
  if (appends.count === 0) return "nothing yet";
  return `half within ${half} · 95\u2009% within ${most} · longest ${longest}`;
}

function Room({ storage }: { readonly storage: SystemStatus["storage"] }) {
  const { disk_free_bytes: free, disk_total_bytes: total } = storage;
  if (free === undefined || total === undefined || total === 0) return null;
  const full = diskNearlyFull(storage) === true;
  const used = 1 - free / total;
  return (
    <>
      <p className={styles.big} data-look={full ? "bad" : undefined}>
        {formatBytes(free)} <span>free of {formatBytes(total)}</span>
      </p>
      {full && (
        <p className={styles.alarm} role="alert">
          <WithCode text="The disk is nearly full. Make room, or move the data with `clew serve --data`." />
        </p>
      )}
      <div
        role="img"
        aria-label={`${formatPercent(used)} of the disk is in use`}
        className={styles.room}
        data-look={full ? "bad" : undefined}
      >
        <i style={{ width: `${used * 100}%` }} />
      </div>
    </>
  );
}
