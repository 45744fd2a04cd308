/** JSON as data from outside: its type, and reading it without losing digits of large integers. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

/** Whether a value is a JSON object (and not an array or null). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Opens a JSON text that holds an object or array; undefined for any other text. */
export function jsonInside(text: string): Json | undefined {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed)) return undefined;
  try {
    return JSON.parse(trimmed, keepDigits as never) as Json;
  } catch {
    return undefined;
  }
}

/**
 * Keeps an integer beyond 2^53 as its text.
 * Engines without source text access give no context; then the number stays as parsed.
 */
function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value === "number" && !Number.isSafeInteger(value) && Number.isInteger(value)) {
    return context?.source ?? value;
  }
  return value;
}

/** Writes a value on one line for a preview, at most `charsMax` characters. */
export function previewOf(value: Json | undefined, charsMax = 200): string {
  if (value === undefined || value === null) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text
    .slice(0, charsMax * 2)
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, charsMax);
}
