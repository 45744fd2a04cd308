/** A bar for each name, from zero; a value that is not known has none and says so. */

import styles from "./ChartPanel.module.css";
import { formatMeasure, type NamedBar, spanOf } from "./chart";

type BarListProps = {
  readonly bars: readonly NamedBar[];
  readonly measure: string;
  readonly over: string;
};

export function BarList({ bars, measure, over }: BarListProps) {
  const { low, high } = spanOf(bars.map(({ value }) => value));
  const whole = high - low || 1;
  const percent = (value: number) => `${(value / whole) * 100}%`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key.
    <ul className={styles.bars} aria-label={`${measure} by ${over}`} tabIndex={0}>
      {bars.map(({ name, value }) => (
        <li key={name}>
          <span className={styles.name} title={name}>
            {name || "empty"}
          </span>
          <span className={styles.track} aria-hidden="true">
            {value !== undefined && (
              <span
                className={styles.fill}
                style={{
                  left: percent(Math.min(value, 0) - low),
                  width: percent(Math.abs(value)),
                }}
              />
            )}
          </span>
          <span className={value === undefined ? styles.unknown : styles.value}>
            {value === undefined ? "unknown" : formatMeasure(measure, value)}
          </span>
        </li>
      ))}
    </ul>
  );
}
