/** The filter of the list: one line in the query language, with what may come next and what is wrong with it below. */

import { Search, X } from "lucide-react";
import { type RefObject, useId, useLayoutEffect, useState } from "react";
import { ApiError } from "../../api/client";
import type { Suggestion } from "../../api/parse_query";
import { formatPlural } from "../../base/format";
import { textBefore, textFrom } from "../../base/utf8";
import { Button } from "../../kit/Button";
import { SuggestField, type SuggestOption } from "../../kit/SuggestField";
import styles from "./FilterField.module.css";
import { complete, useSuggestions } from "./suggestions";

/** Why a filter could not be read. */
export type FilterMistake = {
  readonly reason: string;
  readonly fix?: string;
  /** The byte it is about. */
  readonly at?: number;
};

/** The mistake in a filter that the server told of, if it was that. */
export function mistakeIn(error: unknown): FilterMistake | undefined {
  if (!(error instanceof ApiError) || !error.options.kind?.endsWith(":invalid-query")) return;
  return { reason: error.detail, fix: error.options.hint, at: error.options.at };
}

type FilterFieldProps = {
  readonly project: string;
  /** The `t` parameter: values are suggested from there. */
  readonly range?: string;
  readonly filter?: string;
  readonly mistake?: FilterMistake;
  readonly input: RefObject<HTMLInputElement | null>;
  readonly onChange: (filter: string | undefined) => void;
};

export function FilterField({
  project,
  range,
  filter = "",
  mistake,
  input,
  onChange,
}: FilterFieldProps) {
  const [{ text, caret }, setTyped] = useState({ text: filter, caret: filter.length });
  const [open, setOpen] = useState(false);
  const completion = useSuggestions(project, range, { text, caret }, open);
  const suggestions = completion?.suggestions ?? [];
  const told = useId();
  const shown = mistake && text === filter ? mistake : undefined;

  const accept = (suggestion: Suggestion | undefined) => {
    if (!completion || !suggestion) return;
    setTyped(complete(text, completion, suggestion));
    setOpen(true);
  };
  // The caret stands behind what was put in, not at the end of the text.
  useLayoutEffect(() => {
    const element = input.current;
    if (element && document.activeElement === element && element.selectionStart !== caret)
      element.setSelectionRange(caret, caret);
  }, [caret, input]);

  return (
    <search>
      <form
        className={styles.field}
        data-wrong={shown ? "" : undefined}
        onSubmit={(event) => {
          event.preventDefault();
          setOpen(false);
          onChange(text.trim() || undefined);
        }}
      >
        <Search size={14} className={styles.icon} aria-hidden="true" />
        <SuggestField
          input={input}
          value={text}
          label="Filter"
          placeholder={'status:error model:gpt-5 cost > $0.01 "refund"'}
          toldBy={shown ? told : undefined}
          open={open}
          options={suggestions.map(option)}
          onOpenChange={setOpen}
          onChange={({ target: { value, selectionStart } }) => {
            setTyped({ text: value, caret: selectionStart ?? value.length });
            setOpen(true);
          }}
          onChoose={(index) => accept(suggestions[index])}
          onEscape={(element) => {
            setTyped({ text: filter, caret: filter.length });
            element.blur();
          }}
        />
        {text && (
          <Button
            look="bare"
            icon={<X size={14} />}
            aria-label="Clear the filter"
            onClick={() => {
              setTyped({ text: "", caret: 0 });
              onChange(undefined);
            }}
          />
        )}
      </form>
      {shown && (
        <p id={told} role="alert" className={styles.mistake}>
          {shown.at !== undefined && (
            <code>
              {textBefore(filter, shown.at)}
              <mark>{textFrom(filter, shown.at) || "…"}</mark>
            </code>
          )}
          <span>
            {shown.reason}. {shown.fix}
          </span>
        </p>
      )}
    </search>
  );
}

const option = ({ text, kind, about, count }: Suggestion): SuggestOption => ({
  key: `${kind} ${text}`,
  label: text,
  note: count === undefined ? about.replaceAll("`", "") : formatPlural(count, "span"),
});
