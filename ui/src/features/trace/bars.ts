/** What is drawn of a span on the time axis, in pixels. */

import { contentKnown } from "../../api/parse_skeleton";
import { kindOf } from "../../base/kinds";
import { at, barEnd, spanAt, type TraceModel } from "./model";
import { type TimeScale, xOf } from "./scale";

export const BAR_PIXELS_MIN = 3;
/** A running bar is wide enough to show that it fades instead of ending. */
export const RUNNING_PIXELS_MIN = 16;
/** A little more than a digit is wide in the type of the labels. */
const CHARACTER_PIXELS = 6.5;
const GAP_PIXELS = 5;

export type BarBox = { readonly x: number; readonly width: number };

/** A span's bar, cut to the visible window; undefined when it lies outside. */
export function barBox(
  scale: TimeScale,
  from: number,
  to: number,
  pixelsMin = BAR_PIXELS_MIN,
): BarBox | undefined {
  const left = xOf(scale, from);
  const right = xOf(scale, to);
  if (right < 0 || left > scale.width) return undefined;
  const x = Math.max(0, Math.min(left, scale.width - BAR_PIXELS_MIN));
  return { x, width: Math.max(pixelsMin, Math.min(right, scale.width) - x) };
}

/** How much of a model call was waiting for its first token; undefined when nobody said. */
export function waitOf(model: TraceModel, index: number): number | undefined {
  const span = spanAt(model, index);
  if (kindOf(span.obs_type) !== "llm") return undefined;
  const length = barEnd(model, index) - at(model.start, index);
  const ttft = Number(span.ttft_nanos);
  if (span.ttft_nanos !== undefined && ttft >= 0) return Math.min(ttft, length);
  // A call that failed or still runs without a token has only waited so far.
  const silent =
    contentKnown(span) && span.output_messages.length === 0 && span.output === undefined;
  return silent && (span.status === "error" || span.end_unix_nanos === undefined)
    ? length
    : undefined;
}

export type LabelPlace = {
  readonly side: "inside" | "right" | "left" | "over";
  readonly x: number;
};

/** Where a label fits: in a wide container, else right of the bar, else left, else over it. */
export function labelPlace(
  box: BarBox,
  width: number,
  container: boolean,
  label: string,
): LabelPlace {
  const needed = label.length * CHARACTER_PIXELS + GAP_PIXELS;
  if (container && box.width > needed + GAP_PIXELS) {
    return { side: "inside", x: box.x + GAP_PIXELS };
  }
  const right = box.x + box.width + GAP_PIXELS;
  if (right + needed <= width) return { side: "right", x: right };
  if (box.x >= needed) return { side: "left", x: box.x - GAP_PIXELS };
  return { side: "over", x: box.x + GAP_PIXELS };
}

/** Bars of many spans as one path; bars that touch in pixels become one. */
export function barsPath(
  model: TraceModel,
  scale: TimeScale,
  members: readonly number[],
  height: number,
): string {
  const boxes = members
    .flatMap((member) => barBox(scale, at(model.start, member), barEnd(model, member)) ?? [])
    .sort((a, b) => a.x - b.x);
  const merged: { x: number; end: number }[] = [];
  for (const { x, width } of boxes) {
    const last = merged.at(-1);
    // Bars keep a pixel of air while there is room for it.
    if (last !== undefined && x < last.end + 0.5 && x + width - last.x < BAR_PIXELS_MIN * 2) {
      last.end = Math.max(last.end, x + width);
    } else if (last !== undefined && x < last.end - 1.5) {
      last.end = Math.max(last.end, x + width);
    } else merged.push({ x, end: x + width });
  }
  return merged.map(({ x, end }) => roundedBox(x, Math.max(end - x - 1, 1.5), height)).join("");
}

function roundedBox(x: number, width: number, height: number): string {
  const r = Math.min(2.5, width / 2);
  const [w, h] = [width - 2 * r, height - 2 * r];
  const n = (value: number) => Number(value.toFixed(2));
  const arc = (dx: number, dy: number) => `a${n(r)} ${n(r)} 0 0 1 ${n(dx)} ${n(dy)}`;
  return `M${n(x + r)} 0h${n(w)}${arc(r, r)}v${n(h)}${arc(-r, r)}h${n(-w)}${arc(-r, -r)}v${n(-h)}${arc(r, -r)}z`;
}
