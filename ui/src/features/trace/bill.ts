/** The calculation of a span's cost as rows of text; decimals are shown digit for digit as they came. */

import type { CostAccount } from "../../api/types";
import { formatCountExact, MISSING } from "../../base/format";

export type BillRow = {
  readonly unit: string;
  readonly count: string;
  readonly price: string;
  /** `per million`, `each` */
  readonly per: string;
  readonly cost: string;
  /** Why this price and not the ordinary one. */
  readonly note: string | undefined;
};

export type SumRow = {
  readonly name: "Computed" | "Reported";
  readonly cost: string;
  /** The table, or the place of the sender's figure. */
  readonly from: string;
  /** Whether this is the figure that counts. */
  readonly counts: boolean;
};

/** The lines of the bill, numbers padded so that their decimal points stand below each other. */
export function billRows(account: CostAccount): BillRow[] {
  const { lines } = account;
  const prices = aligned(lines.map((line) => line.unit_price_usd));
  const costs = aligned([...lines.map((line) => line.cost_usd), ...sums(account).map(usdOf)]);
  return lines.map((line, index) => ({
    unit: unitWords(line.unit),
    count: formatCountExact(line.count),
    price: prices[index] ?? MISSING,
    per: perWords(line.per),
    cost: costs[index] ?? MISSING,
    note:
      line.above_input_tokens === undefined
        ? undefined
        : `price above ${formatCountExact(line.above_input_tokens)} input tokens`,
  }));
}

/** What the lines add up to and what the sender says, one marked as the cost. */
export function sumRows(account: CostAccount): SumRow[] {
  const found = sums(account);
  const costs = aligned([...account.lines.map((line) => line.cost_usd), ...found.map(usdOf)]);
  return found.map(({ name, from }, index) => ({
    name,
    cost: costs[account.lines.length + index] ?? MISSING,
    from,
    counts: account.cost_usd !== undefined && (name === "Reported") === isReported(account),
  }));
}

function sums(account: CostAccount) {
  const { cost_computed_usd: computed, cost_reported_usd: reported } = account;
  const found: { name: SumRow["name"]; usd: string; from: string }[] = [];
  if (computed !== undefined) {
    found.push({ name: "Computed", usd: computed, from: account.match?.table ?? "" });
  }
  if (reported !== undefined) {
    found.push({ name: "Reported", usd: reported, from: account.cost_reported_place ?? "" });
  }
  return found;
}

const usdOf = ({ usd }: { readonly usd: string }) => usd;

function isReported(account: CostAccount): boolean {
  return account.cost_source === "reported";
}

/** Whether a line is a part of another unit, which then is counted without it. */
export function hasParts(account: CostAccount): boolean {
  return account.lines.some(({ unit }) => /^(cache_|(input|output)_\w+_tokens)/.test(unit));
}

/** Why there is no price or only a part of one, in a sentence that says what to do. */
export function reasonSentence(account: CostAccount): string | undefined {
  const { cost_status: status, cost_reason: reason } = account;
  if (reason === undefined) return undefined;
  if (status === "no_price") {
    // A row of the table is found by a model: without one there is nothing to add.
    const named = (account.response_model ?? account.request_model) !== undefined;
    return `No price: ${reason}${named ? ". `clew prices set` adds one" : ""}`;
  }
  if (status === "partial")
    return `The cost is at least this: ${reason}. \`clew prices set\` adds it`;
  return reason;
}

/** Why this figure is the cost. */
export function choiceSentence(account: CostAccount): string {
  const cost = account.cost_usd === undefined ? "" : `$${account.cost_usd} counts: `;
  return cost === "" ? capital(account.choice) : `${cost}${account.choice}`;
}

/** Whether the cost enters the sum of the trace, and why. */
export function billingSentence(account: CostAccount): string {
  const { billing, billing_reason: reason } = account;
  return billing === "leaf" ? capital(reason) : `Not in the trace's sum: ${reason}`;
}

/** Says that the stored figure is another one; undefined when it is not. */
export function storedSentence(account: CostAccount): string | undefined {
  const { stored } = account;
  if (!stored.differs) return undefined;
  const figure = stored.cost_usd === undefined ? "no cost" : `$${stored.cost_usd}`;
  const source = stored.cost_source === undefined ? "" : ` (${stored.cost_source})`;
  return `When it was stored it got ${figure}${source}; lists show that until it is stored again`;
}

/** What was noted beyond what the sentences say, each once. */
export function otherNotes(account: CostAccount): readonly string[] {
  const bare = (words: string) => words.replaceAll("`", "");
  const said = bare(account.billing_reason);
  return [...new Set(account.notes)].filter((note) => bare(note) !== said);
}

/** `gpt-4o-mini of openai`, and what was asked for when the answer names another. */
export function modelWords(account: CostAccount): string {
  const { response_model: answered, request_model: asked, provider } = account;
  const name = answered ?? asked ?? "unknown model";
  const other = answered !== undefined && asked !== undefined && answered !== asked;
  return `${name}${provider === undefined ? "" : ` of ${provider}`}${other ? `, asked as ${asked}` : ""}`;
}

/** The tier and the way of processing, where they are not the ordinary ones. */
export function tierWords(account: CostAccount): string {
  return [account.service_tier, account.processing].filter(Boolean).join(", ");
}

function unitWords(unit: string): string {
  return capital(unit.replaceAll("_", " "));
}

function perWords(per: number): string {
  if (per === 1_000_000) return "per million";
  return per === 1 ? "each" : `per ${formatCountExact(per)}`;
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Writes dollars so that, flush right in a fixed-width font, the points meet. No digit changes. */
export function aligned(decimals: readonly string[]): string[] {
  const widths = decimals.map((text) => (text.includes(".") ? text.length - text.indexOf(".") : 0));
  const widest = Math.max(0, ...widths);
  return decimals.map((text, index) => `$${text}${"\u00a0".repeat(widest - (widths[index] ?? 0))}`);
}
