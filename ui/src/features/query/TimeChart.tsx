/** Values over time: bars where the points stand at even distances, else a line; unknown is a gap. */

import { formatPlural } from "../../base/format";
import { formatTime } from "../../base/time";
import { useZone } from "../../widgets/useSettings";
import styles from "./ChartPanel.module.css";
import { formatMeasure, spanOf, type TimePoint, type TimeSeries } from "./chart";
import { linePath, placesOf } from "./plot";

type TimeChartProps = { readonly series: TimeSeries; readonly measure: string };

export function TimeChart({ series, measure }: TimeChartProps) {
  const zone = useZone();
  const { points, step } = series;
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return null;
  const { low, high } = spanOf(points.map(({ value }) => value));
  const when = (at: bigint) => formatTime(at, zone, "full");
  const told = ({ at, value }: TimePoint) =>
    `${when(at)}: ${value === undefined ? "unknown" : formatMeasure(measure, value)}`;
  const label = `${measure} over time: ${formatPlural(points.length, "value")} from ${when(first.at)} to ${when(last.at)}, the largest ${formatMeasure(measure, high)}`;
  const { width, height, zero, placed } = placesOf(series, { low, high });
  return (
    <div className={styles.plot}>
      <div className={styles.scale} aria-hidden="true">
        <span>{formatMeasure(measure, high)}</span>
        <span>{formatMeasure(measure, low)}</span>
      </div>
      <svg
        className={styles.drawing}
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        {step !== undefined ? (
          placed.map(
            ({ point, x, y, wide }) =>
              y !== undefined && (
                <rect
                  key={String(point.at)}
                  className={styles.bar}
                  x={x + wide * 0.1}
                  width={wide * 0.8}
                  y={Math.min(y, zero)}
                  height={Math.abs(zero - y)}
                >
                  <title>{told(point)}</title>
                </rect>
              ),
          )
        ) : (
          <path className={styles.line} d={linePath(placed)} />
        )}
        <line className={styles.base} x1={0} x2={width} y1={zero} y2={zero} />
      </svg>
      <div className={styles.times} aria-hidden="true">
        <time>{when(first.at)}</time>
        <time>{when(last.at)}</time>
      </div>
    </div>
  );
}
