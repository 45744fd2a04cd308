/** What the health page says, in words and shares: everything that is computed and not drawn. */

import type { LedgerCounts, LimitInForce, SystemStatus } from "../../api/types";
import { formatBytes, formatCount, formatCountExact, formatPercent } from "../../base/format";

export type Look = "ok" | "warn" | "bad";

/** What the banner says of the state, and what an operator does about it. */
export function stateWords(state: SystemStatus["state"]): {
  readonly look: Look;
  readonly title: string;
  readonly detail: string;
} {
  switch (state.name) {
    case "accepting":
      return { look: "ok", title: "Accepting", detail: "What is sent is stored." };
    case "held_up":
      return {
        look: "warn",
        title: "Held up",
        detail: `${sentence(state.reason, "The disk does not take the newest records")} Senders are told to come again.`,
      };
    case "stopped":
      return {
        look: "bad",
        title: "Stopped",
        detail: `${sentence(state.reason, "The store does not accept records any more")} Look at the server's log and its disk, then restart it.`,
      };
  }
}

function sentence(reason: string | undefined, otherwise: string): string {
  const words = reason?.trim() || otherwise;
  return `${words.charAt(0).toUpperCase()}${words.slice(1).replace(/\.$/, "")}.`;
}

export type LedgerRow = {
  readonly key: string;
  readonly name: string;
  readonly count: number;
  /** Of everything received, 0 to 1. */
  readonly share: number;
  /** One of the reasons of the row above. */
  readonly inner: boolean;
};

/** The rows of the ledger; those that are not inner add up to what was received. */
export function ledgerRows(counts: LedgerCounts): readonly LedgerRow[] {
  const reasons = Object.entries(counts.rejected).sort((a, b) => b[1] - a[1]);
  const rejected = reasons.reduce((sum, [, count]) => sum + count, 0);
  const row = (key: string, name: string, count: number, inner = false): LedgerRow => ({
    key,
    name,
    count,
    share: counts.received > 0 ? count / counts.received : 0,
    inner,
  });
  return [
    row("stored", "Stored", counts.stored),
    row("updated", "Updated", counts.updated),
    row("duplicate", "Duplicate", counts.duplicate),
    row("sampled", "Sampled out", counts.sampled_out),
    row("rejected", "Rejected", rejected),
    ...reasons.map(([reason, count]) => row(`rejected ${reason}`, wordsOf(reason), count, true)),
  ];
}

const REFUSALS: Readonly<Record<string, string>> = {
  receivers_full: "Too much at once",
  store_busy_or_stopped: "Store busy or stopped",
  too_large: "Too large",
  not_decodable: "Not decodable",
  not_otlp: "Not OTLP",
  wrong_path: "Wrong path",
  body_stalled: "Body stalled",
  no_key: "No key",
  key_not_allowed: "Key not allowed",
  internal: "Failed here",
};

/** Why requests of a status were turned away, in words. */
export function refusalWords(reason: string): string {
  return REFUSALS[reason] ?? wordsOf(reason);
}

/** A name of the API as words: `no_trace_id` reads "No trace id". */
export function wordsOf(name: string): string {
  const words = name.replaceAll(/[_-]/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A share of the whole: only all of it reads 100 %. */
export function shareText(share: number): string {
  return formatPercent(share < 1 ? Math.min(share, 0.99) : share);
}

/** A rate: one decimal while that says something. */
export function formatRate(perSecond: number): string {
  return perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : formatCount(perSecond);
}

export function limitText({ value, unit }: LimitInForce): string {
  if (unit === "bytes") return formatBytes(value);
  return unit === "seconds" ? `${formatCountExact(value)} s` : formatCountExact(value);
}

/** Below this share, or this many bytes, the disk is shown as nearly full. */
const FREE_SHARE_MIN = 0.05;
const FREE_BYTES_MIN = 2e9;

/** Whether the disk is nearly full; undefined where nobody knows. */
export function diskNearlyFull(storage: SystemStatus["storage"]): boolean | undefined {
  const { disk_free_bytes: free, disk_total_bytes: total } = storage;
  if (free === undefined || total === undefined || total === 0) return undefined;
  return free < FREE_BYTES_MIN || free / total < FREE_SHARE_MIN;
}

export type Spark = { readonly x: number; readonly height: number };

/** Bars of the last minute for a box of a height; the newest stands at the right end. */
export function sparkOf(counts: readonly number[], seconds: number, height: number): Spark[] {
  const most = Math.max(1, ...counts);
  const first = seconds - counts.length;
  return counts.flatMap((count, place) =>
    count === 0 ? [] : { x: first + place, height: Math.max(1.5, (count / most) * height) },
  );
}

/** What is worth sending to whoever helps: everything but the traces themselves. */
export function diagnosticsOf(status: SystemStatus): string {
  return JSON.stringify(status, null, 2);
}
