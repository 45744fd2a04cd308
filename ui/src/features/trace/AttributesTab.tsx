/** Every attribute as it was sent, grouped, with its type. */

import { useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import type { Span } from "../../api/types";
import type { Json } from "../../base/json";
import { attributeGroups } from "./attributes";
import { JsonView } from "./JsonView";
import { LongText } from "./LongText";
import styles from "./Panel.module.css";
import { plainLine } from "./plain";

type AttributesTabProps = {
  readonly span: Span;
  /** The filter to begin with, of a viewer who was led here. */
  readonly sought: string;
};

export function AttributesTab({ span, sought }: AttributesTabProps) {
  const [filter, setFilter] = useState(sought);
  const input = useRef<HTMLInputElement>(null);
  // What led here is gone, and the focus with it.
  useEffect(() => {
    if (sought !== "") input.current?.focus();
  }, [sought]);
  const wanted = useDeferredValue(filter);
  const groups = useMemo(() => attributeGroups(span, wanted), [span, wanted]);
  return (
    <div className={styles.stack}>
      <input
        ref={input}
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
