/** What the panel of differences says: fields in two groups, values with two shares. */

import type {
  Difference,
  DifferenceSide,
  FieldDifference,
  ValueDifference,
} from "../../api/parse_difference";
import {
  formatCost,
  formatCount,
  formatCountExact,
  formatDuration,
  formatPlural,
  MISSING,
  nanosFrom,
} from "../../base/format";
import type { Json } from "../../base/json";
import { formatTime } from "../../base/time";

export type WhyGroup = { readonly title: string; readonly fields: readonly WhyField[] };

export type WhyField = {
  readonly name: string;
  readonly about: string;
  /** Of numbers: the medians of both sides. */
  readonly note?: string;
  readonly values: readonly WhyValue[];
};

export type WhyValue = {
  readonly label: string;
  readonly shares: readonly [number, number];
  readonly query: string;
};

/** Fields of one group; what comes behind differs little. */
const FIELDS_MAX = 12;
/** Values of a field; the first tells nearly all. */
const VALUES_MAX = 3;

/** What is different by more than chance; what the filter itself asks about is left out. */
export function groupsOf(difference: Difference, zone: string): readonly WhyGroup[] {
  const shown = difference.fields.filter((field) => field.significant && !field.asked);
  const group = (title: string, given: boolean): WhyGroup => ({
    title,
    fields: shown
      .filter((field) => field.given === given)
      .slice(0, FIELDS_MAX)
      .map((field) => fieldOf(field, zone)),
  });
  return [group("What they were given", true), group("What happened in them", false)];
}

function fieldOf(field: FieldDifference, zone: string): WhyField {
  const [a, b] = field.medians;
  const hasMedians = a !== undefined || b !== undefined;
  const values = field.values.slice(0, VALUES_MAX).map((value) => ({
    label: labelOf(field, value, zone),
    shares: value.shares,
    query: value.query,
  }));
  const { name, about } = field;
  if (!hasMedians) return { name, about, values };
  const note = `median ${amount(field, a, zone)} against ${amount(field, b, zone)}`;
  return { name, about, note, values };
}

function labelOf(field: FieldDifference, value: ValueDifference, zone: string): string {
  if (value.atLeast !== undefined) return `≥ ${amount(field, value.atLeast, zone)}`;
  if (value.below !== undefined) return `< ${amount(field, value.below, zone)}`;
  if (value.value === undefined) return "(none)";
  return typeof value.value === "string" ? value.value || '""' : JSON.stringify(value.value);
}

function amount(field: FieldDifference, value: Json | undefined, zone: string): string {
  const told = typeof value === "string" ? value : undefined;
  const nanos = nanosFrom(told);
  if (value === undefined) return MISSING;
  if (field.unit === "nanos") return formatDuration(nanos);
  if (field.unit === "unix_nanos" && nanos !== undefined) return formatTime(nanos, zone, "full");
  if (field.unit === "usd") return formatCost(told, "priced");
  if (typeof value === "number" && Number.isInteger(value)) return formatCountExact(value);
  return told ?? JSON.stringify(value);
}

/** Says which traces a side has. */
export function sideText(side: DifferenceSide): string {
  const total = side.exact
    ? formatPlural(side.total, "trace")
    : `≈ ${formatCount(side.total)} traces`;
  return side.sampled ? `${total}, ${formatCountExact(side.traces)} looked at` : total;
}

/** The filter narrowed by another one. */
export function narrowed(filter: string | undefined, query: string): string {
  if (!filter) return query;
  return /\bor\b|\|/i.test(filter) ? `(${filter}) ${query}` : `${filter} ${query}`;
}
