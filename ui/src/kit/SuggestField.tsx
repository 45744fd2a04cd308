/** A line of text that offers what may come next; whoever uses it decides what a choice makes of the text. */

import * as Ariakit from "@ariakit/react";
import type { ChangeEvent, KeyboardEvent, ReactNode, RefObject } from "react";
import styles from "./SuggestField.module.css";

export type SuggestOption = {
  readonly key: string;
  readonly label: ReactNode;
  readonly note?: ReactNode;
};

type SuggestFieldProps = {
  readonly input: RefObject<HTMLInputElement | null>;
  readonly value: string;
  readonly label: string;
  readonly placeholder?: string;
  /** The element that tells what is wrong, if something is. */
  readonly toldBy?: string;
  /** Whether options are wanted; without any the list stays closed. */
  readonly open: boolean;
  readonly options: readonly SuggestOption[];
  readonly onOpenChange: (open: boolean) => void;
  readonly onChange: (event: ChangeEvent<HTMLInputElement>) => void;
  readonly onChoose: (index: number) => void;
  /** Escape, where no list is open to be closed by it. */
  readonly onEscape: (input: HTMLInputElement) => void;
};

export function SuggestField({
  input,
  value,
  label,
  placeholder,
  toldBy,
  open,
  options,
  onOpenChange,
  onChange,
  onChoose,
  onEscape,
}: SuggestFieldProps) {
  const shown = open && options.length > 0;
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "ArrowDown" && !open) onOpenChange(true);
    if (event.key === "Escape" && !shown) onEscape(event.currentTarget);
  };
  return (
    <Ariakit.ComboboxProvider
      open={shown}
      setOpen={onOpenChange}
      resetValueOnHide={false}
      placement="bottom-start"
    >
      <Ariakit.Combobox
        ref={input}
        value={value}
        aria-label={label}
        aria-invalid={toldBy !== undefined}
        aria-describedby={toldBy}
        placeholder={placeholder}
        spellCheck={false}
        autoCapitalize="off"
        autoSelect={false}
        showOnChange={false}
        showOnClick={false}
        showOnKeyPress={false}
        setValueOnChange={false}
        setValueOnClick={false}
        onChange={onChange}
        onKeyDown={onKeyDown}
      />
      <Ariakit.ComboboxPopover gutter={4} className={styles.options} aria-label="Suggestions">
        {options.map((option, index) => (
          <Ariakit.ComboboxItem
            key={option.key}
            className={styles.option}
            hideOnClick={false}
            setValueOnClick={false}
            focusOnHover
            onClick={() => onChoose(index)}
          >
            <code>{option.label}</code>
            <span className={styles.note}>{option.note}</span>
          </Ariakit.ComboboxItem>
        ))}
      </Ariakit.ComboboxPopover>
    </Ariakit.ComboboxProvider>
  );
}
