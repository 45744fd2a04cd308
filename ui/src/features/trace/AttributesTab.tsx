/** Every attribute as it was sent, grouped, with its type. */

import { useDeferredValue, useMemo, useState } from "react";
import type { Span } from "../../api/types";
import type { Json } from "../../base/json";
import { attributeGroups } from "./attributes";
import { JsonView } from "./JsonView";
import { LongText } from "./LongText";
import styles from "./Panel.module.css";
import { plainLine } from "./plain";

export function AttributesTab({ span }: { readonly span: Span }) {
  const [filter, setFilter] = useState("");
  const wanted = useDeferredValue(filter);
  const groups = useMemo(() => attributeGroups(span, wanted), [span, wanted]);
  return (
    <div className={styles.stack}>
      <input
        type="search"
        className={styles.filter}
        aria-label="Filter attributes by name or value"
        placeholder="Filter by name or value"
        value={filter}
        onChange={(event) => setFilter(event.target.value)}
      />
      {groups.length === 0 && (
        <p className={styles.muted}>No attribute contains “{plainLine(wanted, 60)}”.</p>
      )}
      {groups.map(({ title, attributes }) => (
        <section key={title} className={styles.section}>
          <h3>
            {title} <span className={styles.muted}>{attributes.length}</span>
          </h3>
          <dl className={styles.attributes}>
            {attributes.map(({ name, value, type }) => (
              <div key={name}>
                <dt>
                  {plainLine(name, 300)} <i>{type}</i>
                </dt>
                <dd>
                  <AttributeValue value={value} name={name} />
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

function AttributeValue({ value, name }: { readonly value: Json; readonly name: string }) {
  if (typeof value === "object" && value !== null) return <JsonView value={value} label={name} />;
  return <LongText text={String(value)} look="mono" charsShown={800} />;
}
