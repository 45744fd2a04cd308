/** Finds spans in the trace: `f` goes there, Enter to the next match, Shift and Enter to the one before. */

import { ChevronDown, ChevronUp, Search } from "lucide-react";
import type { KeyboardEvent, RefObject } from "react";
import { formatCountExact } from "../../base/format";
import { IconButton } from "../../kit/Button";
import { Kbd } from "../../widgets/Kbd";
import styles from "./FindBox.module.css";

type FindBoxProps = {
  readonly input: RefObject<HTMLInputElement | null>;
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly count: number;
  /** Place of the selected span among the matches, from 1; 0 where it is none. */
  readonly place: number;
  readonly onStep: (step: 1 | -1) => void;
};

export function FindBox({ input, text, onText, count, place, onStep }: FindBoxProps) {
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter") onStep(event.shiftKey ? -1 : 1);
    if (event.key !== "Escape") return;
    event.stopPropagation();
    if (text === "") event.currentTarget.blur();
    else onText("");
  };
  return (
    <search className={styles.box}>
      <Search size={14} aria-hidden="true" />
      <input
        ref={input}
        type="text"
        aria-label="Find spans"
        placeholder="Find spans"
        value={text}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {text === "" ? (
        <Kbd keys="f" />
      ) : (
        <>
          <span className={styles.count} role="status">
            {words(text, count, place)}
          </span>
          <IconButton
            label="Match before"
            icon={<ChevronUp size={14} />}
            disabled={count === 0}
            accessibleWhenDisabled
            onClick={() => onStep(-1)}
          />
          <IconButton
            label="Next match"
            icon={<ChevronDown size={14} />}
            disabled={count === 0}
            accessibleWhenDisabled
            onClick={() => onStep(1)}
          />
        </>
      )}
    </search>
  );
}

function words(text: string, count: number, place: number): string {
  if (count > 0)
    return `${place === 0 ? "–" : formatCountExact(place)} of ${formatCountExact(count)}`;
  return text.trim().length < 2 ? "" : "none";
}
