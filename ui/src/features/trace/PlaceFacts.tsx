/** Exchange, step, agent and run of a span: the telling ones in a line, all of them on demand. */

import type { Span } from "../../api/types";
import styles from "./Panel.module.css";
import { placeFacts } from "./place_facts";
import { plainLine } from "./plain";

export function PlaceFacts({ span }: { readonly span: Span }) {
  const facts = placeFacts(span);
  if (facts.length === 0) return null;
  const leading = facts.filter((fact) => fact.leading);
  const words = leading.map(({ name, value }) => `${name} ${plainLine(value, 40)}`).join(" · ");
  return (
    <details className={styles.notes}>
      <summary>{words || "Step, agent and limits"}</summary>
      <dl className={styles.place}>
        {facts.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{plainLine(value, 500)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
