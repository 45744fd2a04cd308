/** The chart of an answer; the rows below say the same in digits. */

import { BarList } from "./BarList";
import styles from "./ChartPanel.module.css";
import type { Chart } from "./chart";
import { TimeChart } from "./TimeChart";

type ChartPanelProps = {
  readonly chart: Chart;
  readonly onMeasure: (measure: string) => void;
};

export function ChartPanel({ chart, onMeasure }: ChartPanelProps) {
  const { measures, measure, over, drawn } = chart;
  return (
    <section className={styles.panel} aria-label="Chart">
      <div className={styles.head}>
        {measures.length > 1 ? (
          <select
            aria-label="Column of the chart"
            value={measure}
            onChange={(event) => onMeasure(event.target.value)}
          >
            {measures.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        ) : (
          <strong>{measure}</strong>
        )}
        <span>by {over}</span>
      </div>
      {drawn.kind === "time" ? (
        <TimeChart series={drawn} measure={measure} />
      ) : (
        <BarList bars={drawn.bars} measure={measure} over={over} />
      )}
    </section>
  );
}
