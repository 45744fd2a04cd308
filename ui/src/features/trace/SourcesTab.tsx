/** Where each value of the span comes from, and what of it nobody reads. */

import { useQuery } from "@tanstack/react-query";
import { queries } from "../../api/queries";
import type { Explanation, Span } from "../../api/types";
import { formatPlural, MISSING } from "../../base/format";
import { ErrorPanel } from "../../widgets/ErrorPanel";
import { Waiting } from "../../widgets/Waiting";
import { WithCode } from "../../widgets/WithCode";
import { plainLine } from "./plain";
import styles from "./Sources.module.css";
import { type SourceRow, sourceRows, staleSentence, visibilitySentence } from "./sources";

type SourcesTabProps = {
  readonly project: string;
  readonly span: Span;
  /** Shows an attribute as it was sent. */
  readonly onAttribute: (name: string) => void;
};

export function SourcesTab({ project, span, onAttribute }: SourcesTabProps) {
  const found = useQuery(queries.explanation(project, span.trace_id, span.span_id));
  if (found.data) {
    return <Sources explanation={found.data} span={span} onAttribute={onAttribute} />;
  }
  if (!found.error) return <Waiting what="the sources" skeleton={<SourcesSkeleton />} />;
  return (
    <ErrorPanel error={found.error} doing="load the sources" onRetry={() => found.refetch()} />
  );
}

type SourcesProps = Omit<SourcesTabProps, "project"> & { readonly explanation: Explanation };

function Sources({ explanation, span, onAttribute }: SourcesProps) {
  const rows = sourceRows(explanation, span);
  const stale = staleSentence(explanation);
  return (
    <div className={styles.sources}>
      {stale && (
        <p className={styles.stale}>
          <WithCode text={stale} />
        </p>
      )}
      <p className={styles.why}>{plainLine(visibilitySentence(explanation), 300)}</p>
      {rows.length === 0 && (
        <p className={styles.empty}>
          No rule gave a value of this span; it is shown as it was sent.
        </p>
      )}
      {rows.length > 0 && (
        <dl className={styles.rows} aria-label="Values and where they come from">
          {rows.map((row) => (
            <ValueRow key={row.field} row={row} />
          ))}
        </dl>
      )}
      {explanation.unread.length > 0 && (
        <Unread names={explanation.unread} onAttribute={onAttribute} />
      )}
    </div>
  );
}

function ValueRow({ row }: { readonly row: SourceRow }) {
  const { field, value, told, fromTrace, alone } = row;
  return (
    <div>
      <dt>{plainLine(field, 100)}</dt>
      {value === undefined ? (
        <dd className={styles.dim} title="The span keeps no value of this name">
          {MISSING}
        </dd>
      ) : (
        <dd className={styles.value}>{plainLine(value, 120)}</dd>
      )}
      <dd className={styles.from}>
        {fromTrace && (
          <p>
            <b className={styles.mark}>from the trace</b>{" "}
            {alone === undefined ? "the span alone does not tell" : `alone ${plainLine(alone, 80)}`}
          </p>
        )}
        {told && (
          <p>
            {plainLine(told.place, 200)}
            <span className={styles.dim}>
              {" · "}
              {[told.reading, told.dialect, `rank ${told.rank}`]
                .filter(Boolean)
                .map((word) => plainLine(word ?? "", 80))
                .join(" · ")}
            </span>
          </p>
        )}
        {told && told.passedOver.length > 0 && <PassedOver places={told.passedOver} />}
      </dd>
    </div>
  );
}

function PassedOver({ places }: { readonly places: readonly string[] }) {
  return (
    <details>
      <summary>{formatPlural(places.length, "place")} of higher rank passed over</summary>
      <ul>
        {places.map((place) => (
          <li key={place}>{plainLine(place, 200)}</li>
        ))}
      </ul>
    </details>
  );
}

type UnreadProps = {
  readonly names: readonly string[];
  readonly onAttribute: (name: string) => void;
};

function Unread({ names, onAttribute }: UnreadProps) {
  return (
    <section className={styles.unread} aria-label="Attributes no rule reads">
      <h3>
        No rule reads <span className={styles.dim}>{names.length}</span>
      </h3>
      <ul>
        {names.map((name) => (
          <li key={name}>
            <button
              type="button"
              title="Show it among the attributes"
              onClick={() => onAttribute(name)}
            >
              {plainLine(name, 200)}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

const SKELETON_ROWS = [38, 62, 44, 70, 52, 60, 40, 66];

function SourcesSkeleton() {
  return (
    <div className={styles.skeleton} aria-hidden="true">
      {SKELETON_ROWS.map((share) => (
        <div key={share}>
          <i style={{ width: `${share / 2}%` }} />
          <i style={{ width: `${share}%` }} />
        </div>
      ))}
    </div>
  );
}
