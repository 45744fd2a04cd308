/** The verbs that every parser of an answer uses: what must be there is refused when it is not. */

import { isObject, type Json, type JsonObject } from "../base/json";

/** An answer that does not have the agreed shape. */
export class ShapeError extends Error {
  constructor(path: string, expected: string) {
    super(`the answer's \`${path}\` is not ${expected}`);
    this.name = "ShapeError";
  }
}

export function object(value: unknown, path: string): JsonObject {
  if (!isObject(value)) throw new ShapeError(path, "an object");
  return value;
}

/** Drops the nulls of an object's own fields: null and absent both mean unknown. */
export function present(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
}

export function text(value: JsonObject, field: string): string {
  const found = value[field];
  if (typeof found !== "string") throw new ShapeError(field, "a text");
  return found;
}

export function textOr(value: Json | undefined, fallback: string): string {
  return typeof value === "string" ? value : fallback;
}

export function asText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

export function texts(value: Json | undefined): readonly string[] {
  return list(value).filter((item): item is string => typeof item === "string");
}

export function map(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function count(value: Json | undefined): number {
  return typeof value === "number" ? value : 0;
}

/** Counts that are numbers or decimal strings; anything else is unknown and left out. */
export function numbers(value: Json | undefined): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [unit, amount] of Object.entries(map(value))) {
    const number = typeof amount === "string" ? Number(amount) : amount;
    if (typeof number === "number" && Number.isFinite(number)) found[unit] = number;
  }
  return found;
}

export function oneOf<T extends string>(
  value: Json | undefined,
  known: readonly T[],
  fallback: T,
): T {
  return known.find((item) => item === value) ?? fallback;
}
