/** Nothing in this range: says where the nearest data is, and goes there. */

import type { TraceSummary } from "../../api/types";
import { nanosFrom } from "../../base/format";
import { ALL_TIME, nameOfRange, type TimeRange } from "../../base/range";
import { formatAgo, nowNanos, startOfDay, startOfNextDay } from "../../base/time";
import { Button } from "../../kit/Button";
import { useZone } from "../../widgets/useSettings";
import styles from "./EmptyRange.module.css";

type EmptyRangeProps = {
  readonly range: TimeRange;
  readonly newest: TraceSummary;
  readonly onChange: (range: TimeRange) => void;
};

export function EmptyRange({ range, newest, onChange }: EmptyRangeProps) {
  const zone = useZone();
  const last = nanosFrom(newest.start_unix_nanos) ?? 0n;
  const day: TimeRange = {
    kind: "fixed",
    from: startOfDay(last, zone),
    to: startOfNextDay(last, zone),
  };
  return (
    <section className={styles.empty}>
      <h2>No traces in this range</h2>
      <p>
        {nameOfRange(range, zone)} holds none. The last trace was {formatAgo(last, nowNanos())}.
      </p>
      <div className={styles.actions}>
        <Button look="solid" onClick={() => onChange(day)}>
          Go to that day
        </Button>
        <Button onClick={() => onChange(ALL_TIME)}>Show all time</Button>
      </div>
    </section>
  );
}
