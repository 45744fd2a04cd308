/** What is different between two selections, as it comes in. */

import type { Json } from "../base/json";
import { count, list, object, text, textOr } from "./shape";

export type Difference = {
  readonly a: DifferenceSide;
  readonly b: DifferenceSide;
  readonly fields: readonly FieldDifference[];
};

export type DifferenceSide = {
  readonly query: string;
  readonly total: number;
  readonly exact: boolean;
  /** Traces that were looked at. */
  readonly traces: number;
  readonly sampled: boolean;
};

export type FieldDifference = {
  readonly name: string;
  readonly about: string;
  /** `count`, `nanos`, `unix_nanos` or `usd`. */
  readonly unit?: string;
  readonly given: boolean;
  readonly asked: boolean;
  readonly significant: boolean;
  readonly effect: number;
  readonly medians: readonly [Json | undefined, Json | undefined];
  readonly values: readonly ValueDifference[];
};

/** One that has neither value nor bound is to have none. */
export type ValueDifference = {
  readonly value?: Json;
  readonly atLeast?: Json;
  readonly below?: Json;
  readonly shares: readonly [number, number];
  /** Asks for these traces. */
  readonly query: string;
};

export function parseDifference(value: unknown): Difference {
  const difference = object(value, "difference");
  return {
    a: parseSide(difference.a, "a"),
    b: parseSide(difference.b, "b"),
    fields: list(difference.fields).map(parseField),
  };
}

function parseSide(value: unknown, path: string): DifferenceSide {
  const side = object(value, path);
  const total = object(side.total, "total");
  return {
    query: textOr(side.q, ""),
    total: count(total.count),
    exact: total.exact === true,
    traces: count(side.traces),
    sampled: side.sampled === true,
  };
}

function parseField(value: unknown): FieldDifference {
  const field = object(value, "fields");
  const median = (side: unknown) => object(side, "side").median ?? undefined;
  return {
    name: text(field, "field"),
    about: textOr(field.about, ""),
    unit: textOr(field.unit, "") || undefined,
    given: field.given === true,
    asked: field.asked === true,
    significant: field.significant === true,
    effect: count(field.effect),
    medians: [median(field.a), median(field.b)],
    values: list(field.values).map(parseValue),
  };
}

function parseValue(value: unknown): ValueDifference {
  const found = object(value, "values");
  return {
    value: found.value ?? undefined,
    atLeast: found.at_least ?? undefined,
    below: found.below ?? undefined,
    shares: [count(found.a_share), count(found.b_share)],
    query: text(found, "query"),
  };
}
