/** What may come next while a query is typed, as it comes in. */

import { count, list, object, text, textOr } from "./shape";

/** One thing that may be written. */
export type Suggestion = {
  readonly text: string;
  /** `field`, `function`, `operator`, `value` or `keyword`. */
  readonly kind: string;
  readonly about: string;
  /** Of a value: how many spans have it. */
  readonly count?: number;
};

export type Completion = {
  /** The bytes of the text that a suggestion replaces. */
  readonly from: number;
  readonly to: number;
  readonly suggestions: readonly Suggestion[];
};

export function parseCompletion(value: unknown): Completion {
  const completion = object(value, "completion");
  return {
    from: count(completion.from),
    to: count(completion.to),
    suggestions: list(completion.suggestions).map((item) => {
      const suggestion = object(item, "suggestions");
      return {
        text: text(suggestion, "text"),
        kind: text(suggestion, "kind"),
        about: textOr(suggestion.about, ""),
        count: typeof suggestion.count === "number" ? suggestion.count : undefined,
      };
    }),
  };
}
