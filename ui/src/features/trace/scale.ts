/** The time axis: offsets in nanoseconds to pixels, and the ticks that are worth a label. */

export type TimeScale = {
  readonly from: number;
  readonly to: number;
  readonly width: number;
};

export type Tick = { readonly offset: number; readonly x: number; readonly label: string };

const NANOS = { us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9, d: 86_400e9 } as const;
const TICK_PIXELS_MIN = 44;
/** The narrowest window one may zoom to. */
const WINDOW_NANOS_MIN = 1000;

/** Pixels from the left edge of the waterfall; may lie outside of it. */
export function xOf(scale: TimeScale, offset: number): number {
  return ((offset - scale.from) / (scale.to - scale.from)) * scale.width;
}

/** The offset under a pixel. */
export function offsetOf(scale: TimeScale, x: number): number {
  return scale.from + (x / scale.width) * (scale.to - scale.from);
}

/** Ticks at round times, as many as fit. */
export function ticksOf(scale: TimeScale): Tick[] {
  const span = scale.to - scale.from;
  if (!(span > 0) || !(scale.width > 0)) return [];
  const step = roundStep((span * TICK_PIXELS_MIN) / scale.width);
  const ticks: Tick[] = [];
  for (let n = Math.ceil(scale.from / step); n * step <= scale.to; n++) {
    const offset = n * step;
    ticks.push({ offset, x: xOf(scale, offset), label: tickLabel(offset, step) });
  }
  return ticks;
}

/** The smallest round step of at least so many nanoseconds. */
export function roundStep(least: number): number {
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500];
  for (const unit of [1, NANOS.us, NANOS.ms]) {
    for (const count of steps) if (count * unit >= least) return count * unit;
  }
  for (const unit of [NANOS.s, NANOS.m]) {
    for (const count of [1, 2, 5, 10, 15, 30]) if (count * unit >= least) return count * unit;
  }
  for (const hours of [1, 2, 3, 6, 12, 24]) if (hours * NANOS.h >= least) return hours * NANOS.h;
  return Math.ceil(least / NANOS.d) * NANOS.d;
}

/** Labels a tick in the largest unit that divides it: `0`, `30s`, `2m`, `1m 30s`. */
export function tickLabel(offset: number, step: number): string {
  if (offset === 0) return "0";
  if (step < NANOS.us) return `${round(offset)}ns`;
  if (step < NANOS.ms && offset < NANOS.ms) return `${round(offset / NANOS.us)}µs`;
  if (offset < NANOS.s) return `${round(offset / NANOS.ms)}ms`;
  if (offset < NANOS.m || step < NANOS.s) return `${round(offset / NANOS.s)}s`;
  const seconds = Math.round(offset / NANOS.s);
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ] as const;
  const words = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count}${unit}`);
  return words.slice(0, 2).join(" ");
}

/** A window of the axis, in offsets. */
export type Window = { readonly from: number; readonly to: number };

/** Keeps a window inside the trace and wide enough to show something. */
export function clampWindow(window: Window, horizon: number): Window {
  const width = Math.min(Math.max(window.to - window.from, WINDOW_NANOS_MIN), horizon);
  const from = Math.min(Math.max(window.from, 0), horizon - width);
  return { from, to: from + width };
}

/** Scales a window around one of its offsets; a factor below 1 zooms in. */
export function zoomWindow(
  window: Window,
  factor: number,
  around: number,
  horizon: number,
): Window {
  const from = around - (around - window.from) * factor;
  return clampWindow({ from, to: from + (window.to - window.from) * factor }, horizon);
}

/** Reads the `zoom` parameter: two offsets in milliseconds. */
export function windowFromText(text: string | undefined, horizon: number): Window | undefined {
  const [from, to] = (text ?? "").split("~").map(Number);
  if (from === undefined || to === undefined || !(from < to)) return undefined;
  return clampWindow({ from: from * NANOS.ms, to: to * NANOS.ms }, horizon);
}

/** Writes the `zoom` parameter; the whole trace has none. */
export function textOfWindow(window: Window, horizon: number): string | undefined {
  if (window.from <= 0 && window.to >= horizon) return undefined;
  return `${round(window.from / NANOS.ms)}~${round(window.to / NANOS.ms)}`;
}

function round(value: number): number {
  return Number(value.toFixed(3));
}
