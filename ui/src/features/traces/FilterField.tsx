/** The filter of the list: one line in the query language, with what is wrong with it below. */

import { Search, X } from "lucide-react";
import { type RefObject, useId, useState } from "react";
import { ApiError } from "../../api/client";
import { Button } from "../../kit/Button";
import styles from "./FilterField.module.css";

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
  readonly filter?: string;
  readonly mistake?: FilterMistake;
  readonly input: RefObject<HTMLInputElement | null>;
  readonly onChange: (filter: string | undefined) => void;
};

export function FilterField({ filter = "", mistake, input, onChange }: FilterFieldProps) {
  const [text, setText] = useState(filter);
  const told = useId();
  const shown = mistake && text === filter ? mistake : undefined;
  return (
    <search>
      <form
        className={styles.field}
        data-wrong={shown ? "" : undefined}
        onSubmit={(event) => {
          event.preventDefault();
          onChange(text.trim() || undefined);
        }}
      >
        <Search size={14} className={styles.icon} aria-hidden="true" />
        <input
          ref={input}
          value={text}
          aria-label="Filter"
          aria-invalid={shown !== undefined}
          aria-describedby={shown ? told : undefined}
          placeholder={'status:error model:gpt-5 cost > $0.01 "refund"'}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            setText(filter);
            event.currentTarget.blur();
          }}
        />
        {text && (
          <Button
            look="bare"
            icon={<X size={14} />}
            aria-label="Clear the filter"
            onClick={() => {
              setText("");
              onChange(undefined);
            }}
          />
        )}
      </form>
      {shown && (
        <p id={told} role="alert" className={styles.mistake}>
          {shown.at !== undefined && (
            <code>
              {charactersBefore(filter, shown.at)}
              <mark>{charactersFrom(filter, shown.at) || "…"}</mark>
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

/** The server counts bytes of UTF-8. */
const charactersBefore = (text: string, byte: number) =>
  new TextDecoder().decode(new TextEncoder().encode(text).slice(0, byte));

const charactersFrom = (text: string, byte: number) =>
  new TextDecoder().decode(new TextEncoder().encode(text).slice(byte));
