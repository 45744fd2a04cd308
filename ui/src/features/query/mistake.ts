/** What is wrong with a question, and where in its text. */

import { ApiError } from "../../api/client";
import { fitsLink, LINK_CHARS_MAX } from "../../base/search";
import { textBefore } from "../../base/utf8";

export type Mistake = {
  readonly reason: string;
  readonly fix?: string;
  readonly place?: MistakePlace;
};

export type MistakePlace = {
  /** The letters it is about, as a half-open range of UTF-16 units. */
  readonly from: number;
  readonly to: number;
  /** Counted from one, as editors do. */
  readonly line: number;
  readonly column: number;
};

/** The mistake in a question that the server told of, if it was that. */
export function mistakeIn(error: unknown, sql: string): Mistake | undefined {
  if (!(error instanceof ApiError) || !error.options.kind?.endsWith(":invalid-sql")) return;
  const { at, hint } = error.options;
  return { reason: error.detail, fix: hint, place: at === undefined ? undefined : place(sql, at) };
}

/** Why a question cannot become a link, and so not be asked here without a name. */
export function tooLong(sql: string): Mistake | undefined {
  if (fitsLink(sql)) return undefined;
  const chars = encodeURIComponent(sql).length;
  return {
    reason: `the query is too long for a link of this page: ${chars} characters as an address has them, of ${LINK_CHARS_MAX}`,
    fix: "Save it under a name, or ask it with `clew query`.",
  };
}

function place(sql: string, byte: number): MistakePlace {
  const from = textBefore(sql, byte).length;
  const word = /^(\w+|"[^"\n]*"|'[^'\n]*'|\S)/.exec(sql.slice(from))?.[0] ?? "";
  const before = sql.slice(0, from);
  const line = before.split("\n").length;
  const column = from - (before.lastIndexOf("\n") + 1) + 1;
  if (word) return { from, to: from + word.length, line, column };
  // At the end nothing is left to be marked but what came before it.
  const end = before.trimEnd().length;
  return { from: Math.max(end - 1, 0), to: end, line, column };
}
