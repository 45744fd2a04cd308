/** The time range of a list as the address bar carries it: `24h`, or `<utc>~<utc>`. */

import { formatTime, momentFromIso } from "./time";

export type TimeRange =
  | { readonly kind: "rolling"; readonly token: RollingToken }
  | { readonly kind: "fixed"; readonly from: bigint; readonly to: bigint }
  | { readonly kind: "all" };

export const ROLLING = ["15m", "1h", "6h", "24h", "7d", "30d"] as const;
export type RollingToken = (typeof ROLLING)[number];

/** A list opened without a range covers all time. */
export const ALL_TIME: TimeRange = { kind: "all" };

const ROLLING_NAMES: Record<RollingToken, string> = {
  "15m": "Last 15 minutes",
  "1h": "Last hour",
  "6h": "Last 6 hours",
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
};

const ROLLING_MINUTES: Record<RollingToken, bigint> = {
  "15m": 15n,
  "1h": 60n,
  "6h": 360n,
  "24h": 1440n,
  "7d": 10_080n,
  "30d": 43_200n,
};

/** Reads the `t` parameter; undefined when it is neither form. */
export function rangeFromToken(token: string): TimeRange | undefined {
  const rolling = ROLLING.find((known) => known === token);
  if (rolling) return { kind: "rolling", token: rolling };
  const [fromText, toText, rest] = token.split("~");
  if (fromText === undefined || toText === undefined || rest !== undefined) return undefined;
  const from = momentFromIso(fromText);
  const to = momentFromIso(toText);
  return from !== undefined && to !== undefined && from < to
    ? { kind: "fixed", from, to }
    : undefined;
}

/** Writes a range as the `t` parameter; all time has none. */
export function tokenOfRange(range: TimeRange): string | undefined {
  switch (range.kind) {
    case "all":
      return undefined;
    case "rolling":
      return range.token;
    case "fixed":
      return `${shortIso(range.from)}~${shortIso(range.to)}`;
  }
}

/** Pins a rolling range to the moments it covers now, so that a copied link keeps its meaning. */
export function pinRange(range: TimeRange, now: bigint): TimeRange {
  if (range.kind !== "rolling") return range;
  const nanos = ROLLING_MINUTES[range.token] * 60_000_000_000n;
  return { kind: "fixed", from: now - nanos, to: now };
}

/** Names a range for people. */
export function nameOfRange(range: TimeRange, zone: string): string {
  switch (range.kind) {
    case "all":
      return "All time";
    case "rolling":
      return ROLLING_NAMES[range.token];
    case "fixed":
      return `${formatTime(range.from, zone, "full")} – ${formatTime(range.to, zone, "full")}`;
  }
}

/** UTC without the fraction when it is zero: links stay short. */
function shortIso(nanos: bigint): string {
  return formatTime(nanos, "UTC", "iso").replace(/\.?0+Z$/, (tail) =>
    tail.startsWith(".") ? "Z" : tail,
  );
}
