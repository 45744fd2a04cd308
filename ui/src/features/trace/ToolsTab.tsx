/** The tools a model call was offered, and how often it called each. */

import type { Span } from "../../api/types";
import { formatPlural } from "../../base/format";
import { JsonView } from "./JsonView";
import { LongText } from "./LongText";
import { callCounts } from "./messages";
import styles from "./Panel.module.css";
import { plainLine } from "./plain";

export function ToolsTab({ span }: { readonly span: Span }) {
  const counts = callCounts(span);
  return (
    <div className={styles.stack}>
      {span.tool_definitions.map((tool, index) => {
        const name = plainLine(tool.name ?? "", 120) || "(no name)";
        const calls = counts.get(tool.name ?? "") ?? 0;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: two tools may share a name.
          <section key={index} className={styles.card}>
            <header className={styles.cardHead}>
              <code>{name}</code>
              <span className={styles.space} />
              <span>{calls === 0 ? "not called" : `called ${formatPlural(calls, "time")}`}</span>
            </header>
            <div className={styles.cardBody}>
              {tool.description && <LongText text={tool.description} charsShown={1000} />}
              <details>
                <summary>Definition</summary>
                <JsonView value={tool.raw} label={`Definition of ${name}`} />
              </details>
            </div>
          </section>
        );
      })}
    </div>
  );
}
