/** Lines to copy. */

import { CopyButton } from "../../widgets/CopyButton";
import styles from "./CodeBlock.module.css";
import { piecesOf } from "./snippets";

export function CodeBlock({
  lines,
  what,
}: {
  readonly lines: readonly string[];
  readonly what: string;
}) {
  return (
    <div className={styles.block}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, also by keyboard. */}
      <pre role="group" tabIndex={0} aria-label={`Code of ${what}`}>
        <code>
          {lines.map((line, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines are fixed and may repeat.
            <span key={i} className={styles.line}>
              {piecesOf(line).map(({ text, look }) => (
                <span key={look} className={styles[look]}>
                  {text}
                </span>
              ))}
              {"\n"}
            </span>
          ))}
        </code>
      </pre>
      <CopyButton text={lines.join("\n")} what={what} className={styles.copy} />
    </div>
  );
}
