/** Any value from outside: JSON opened, text as markdown or as it was written. */

import { useMemo } from "react";
import { type Json, jsonInside } from "../../base/json";
import { JsonView } from "./JsonView";
import { LongText } from "./LongText";
import { MARKDOWN_CHARS_MAX, Markdown } from "./Markdown";

type ValueViewProps = {
  readonly value: Json;
  readonly label: string;
  /** Shows text as it was written. */
  readonly source: boolean;
};

export function ValueView({ value, label, source }: ValueViewProps) {
  const inside = useMemo(
    () => (typeof value === "string" && !source ? jsonInside(value) : undefined),
    [value, source],
  );
  if (inside !== undefined) return <JsonView value={inside} label={label} />;
  if (typeof value !== "string") return <JsonView value={value} label={label} />;
  if (source || value.length > MARKDOWN_CHARS_MAX) {
    return <LongText text={value} look={source ? "mono" : "plain"} />;
  }
  return <Markdown text={value} />;
}
