/** Text from outside, signs made harmless, cut when long with the rest one click away. */

import { useState } from "react";
import { formatCountExact } from "../../base/format";
import styles from "./Panel.module.css";
import { plain } from "./plain";

type LongTextProps = {
  readonly text: string;
  readonly look?: "plain" | "mono";
  readonly charsShown?: number;
};

export function LongText({ text, look = "plain", charsShown = 4000 }: LongTextProps) {
  const [whole, setWhole] = useState(false);
  const cut = !whole && text.length > charsShown * 1.25;
  const shown = cut ? cutBefore(text, charsShown) : text;
  return (
    <div className={look === "mono" ? styles.mono : styles.plain} dir="auto">
      {plain(shown)}
      {cut && (
        <>
          {"… "}
          <button type="button" className={styles.more} onClick={() => setWhole(true)}>
            Show all {formatCountExact(text.length)} characters
          </button>
        </>
      )}
    </div>
  );
}

/** Cuts a text without splitting a pair of surrogates. */
function cutBefore(text: string, chars: number): string {
  const code = text.charCodeAt(chars - 1);
  return text.slice(0, code >= 0xd800 && code <= 0xdbff ? chars - 1 : chars);
}
