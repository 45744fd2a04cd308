/** Where the points of a series stand in a drawing, which is stretched to the room there is. */

import type { TimePoint, TimeSeries } from "./chart";

export type Placed = {
  readonly point: TimePoint;
  readonly x: number;
  /** Absent where the value is unknown. */
  readonly y?: number;
  /** The room a bar has; zero of a point on a line. */
  readonly wide: number;
};

const WIDTH = 1000;
const HEIGHT = 100;

export function placesOf(
  { points, step }: TimeSeries,
  { low, high }: { readonly low: number; readonly high: number },
) {
  const from = points[0]?.at ?? 0n;
  const span = Number((points.at(-1)?.at ?? 0n) - from + (step ?? 0n)) || 1;
  const y = (value: number) => HEIGHT - ((value - low) / (high - low || 1)) * HEIGHT;
  const placed = points.map(
    (point): Placed => ({
      point,
      x: (Number(point.at - from) / span) * WIDTH,
      y: point.value === undefined ? undefined : y(point.value),
      wide: (Number(step ?? 0n) / span) * WIDTH,
    }),
  );
  return { width: WIDTH, height: HEIGHT, zero: y(0), placed };
}

/** The line through known points; a point alone between gaps is a dot. */
export function linePath(placed: readonly Placed[]): string {
  const words: string[] = [];
  let open = false;
  for (const { x, y } of placed) {
    if (y === undefined) {
      open = false;
      continue;
    }
    const at = `${round(x)} ${round(y)}`;
    words.push(open ? `L${at}` : `M${at}h0`);
    open = true;
  }
  return words.join("");
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
