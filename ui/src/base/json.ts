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
    return parseJson(trimmed);
  } catch {
    return undefined;
  }
}

/**
 * Reads a JSON text; a number with more digits than a double holds stays a text.
 * Throws like `JSON.parse`.
 */
export function parseJson(text: string): Json {
  return JSON.parse(
    LONG_NUMBER.test(text) ? text.replace(TEXT_OR_LONG_NUMBER, quoteLongNumber) : text,
  );
}

// A cheap look first: times are texts of nineteen digits, and most answers hold no long number.
const LONG_NUMBER = /[:[,]\s*-?\d[\d.]{15}/;
// Texts are matched first so that the digits inside them are left alone.
const TEXT_OR_LONG_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.]{15,}(?:[eE][+-]?\d+)?/g;

function quoteLongNumber(found: string): string {
  if (found.startsWith('"') || String(Number(found)) === found) return found;
  return `"${found}"`;
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
