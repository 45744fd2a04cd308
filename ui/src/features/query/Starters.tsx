/** What stands while nothing was asked: how to ask, and questions that run as they are. */

import { Kbd } from "../../widgets/Kbd";
import { EXAMPLES } from "./examples";
import styles from "./Starters.module.css";

export function Starters({ onChoose }: { readonly onChoose: (sql: string) => void }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key.
    <section className={styles.starters} aria-label="Questions to begin with" tabIndex={0}>
      <h2>Ask in SQL</h2>
      <p>
        Write one SELECT above and run it with <Kbd keys="Mod+Enter" />. It reads this project and
        changes nothing. Or begin with one of these:
      </p>
      <ul>
        {EXAMPLES.map(({ asks, sql }) => (
          <li key={asks}>
            <button type="button" onClick={() => onChoose(sql)}>
              {asks}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
