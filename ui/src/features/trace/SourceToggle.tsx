/** Whether texts are shown as they read or as they were written; kept while the page is open. */

import { useState } from "react";
import styles from "./Panel.module.css";

let remembered = false;

export function useSource(): [boolean, (source: boolean) => void] {
  const [source, setSource] = useState(remembered);
  return [
    source,
    (next) => {
      remembered = next;
      setSource(next);
    },
  ];
}

type SourceToggleProps = {
  readonly source: boolean;
  readonly onSource: (source: boolean) => void;
};

export function SourceToggle({ source, onSource }: SourceToggleProps) {
  return (
    <button
      type="button"
      className={styles.toggle}
      aria-pressed={source}
      onClick={() => onSource(!source)}
    >
      {source ? "Source" : "Rendered"}
    </button>
  );
}
