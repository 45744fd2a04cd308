/** Chooses the time range and the zone: one place for both. */

import { Clock } from "lucide-react";
import { useState } from "react";
import { ALL_TIME, nameOfRange, pinRange, ROLLING, type TimeRange } from "../base/range";
import { formatZone, momentFromWall, nowNanos, wallOf } from "../base/time";
import { Button } from "../kit/Button";
import { Popover } from "../kit/Popover";
import styles from "./TimeControl.module.css";
import { useZone } from "./useSettings";
import { ZoneSelect } from "./ZoneSelect";

type TimeControlProps = {
  readonly range: TimeRange;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly onChange: (range: TimeRange) => void;
};

export function TimeControl({ range, open, onOpenChange, onChange }: TimeControlProps) {
  const zone = useZone();
  const choose = (next: TimeRange) => {
    onChange(next);
    onOpenChange(false);
  };
  const button = (
    <Button icon={<Clock size={14} aria-hidden="true" />}>
      {nameOfRange(range, zone)}
      <span className={styles.zone}>{formatZone(zone, nowNanos())}</span>
    </Button>
  );
  const choices: readonly TimeRange[] = [
    ...ROLLING.map((token): TimeRange => ({ kind: "rolling", token })),
    ALL_TIME,
  ];
  return (
    <Popover button={button} label="Time range" open={open} onOpenChange={onOpenChange}>
      <div className={styles.panel}>
        <div className={styles.choices}>
          {choices.map((choice) => {
            const name = nameOfRange(choice, zone);
            const chosen = name === nameOfRange(range, zone);
            return (
              <Button
                key={name}
                look="bare"
                aria-pressed={chosen}
                autoFocus={chosen}
                onClick={() => choose(choice)}
              >
                {name}
              </Button>
            );
          })}
        </div>
        <div className={styles.fixed}>
          <FixedRange key={zone} range={range} zone={zone} onChoose={choose} />
          <ZoneSelect />
        </div>
      </div>
    </Popover>
  );
}

type FixedRangeProps = {
  readonly range: TimeRange;
  readonly zone: string;
  readonly onChoose: (range: TimeRange) => void;
};

function FixedRange({ range, zone, onChoose }: FixedRangeProps) {
  const pinned = pinRange(
    range.kind === "all" ? { kind: "rolling", token: "24h" } : range,
    nowNanos(),
  );
  const { from, to } = pinned.kind === "fixed" ? pinned : { from: 0n, to: 0n };
  const [fromText, setFromText] = useState(wallOf(from, zone));
  const [toText, setToText] = useState(wallOf(to, zone));
  const start = momentFromWall(fromText, zone);
  const end = momentFromWall(toText, zone);
  const valid = start !== undefined && end !== undefined && start < end;
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (valid) onChoose({ kind: "fixed", from: start, to: end });
      }}
    >
      <label>
        <span>From</span>
        <input
          type="datetime-local"
          value={fromText}
          onChange={(event) => setFromText(event.target.value)}
        />
      </label>
      <label>
        <span>To</span>
        <input
          type="datetime-local"
          value={toText}
          onChange={(event) => setToText(event.target.value)}
        />
      </label>
      {!valid && <p role="alert">The start must lie before the end</p>}
      <Button type="submit" look="solid" disabled={!valid} accessibleWhenDisabled>
        Show this range
      </Button>
    </form>
  );
}
