/** What is different here: the listed traces, or the failed ones, against the rest of the time. */

import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import type { Difference } from "../../api/parse_difference";
import { queries } from "../../api/queries";
import { formatPercent } from "../../base/format";
import { Button, IconButton } from "../../kit/Button";
import { ErrorPanel } from "../../widgets/ErrorPanel";
import { useZone } from "../../widgets/useSettings";
import { Waiting } from "../../widgets/Waiting";
import styles from "./WhyPanel.module.css";
import { groupsOf, narrowed, sideText, type WhyField, type WhyValue } from "./why";

type WhyPanelProps = {
  readonly project: string;
  readonly range?: string;
  readonly filter?: string;
  readonly onNarrow: (filter: string) => void;
  readonly onClose: () => void;
};

/** What is explained where the list has no filter. */
const FAILED = "status:error";

export function WhyPanel({ project, range, filter, onNarrow, onClose }: WhyPanelProps) {
  const query = useQuery(queries.difference(project, { a: filter ?? FAILED, range }));
  return (
    <>
      <header className={styles.header}>
        <h2>What is different here?</h2>
        <IconButton label="Close" icon={<X size={14} />} onClick={onClose} />
      </header>
      {query.isPending && <Waiting what="both sides" />}
      {query.isError && (
        <ErrorPanel error={query.error} doing="compare" onRetry={() => query.refetch()} />
      )}
      {query.isSuccess && (
        <Answer
          difference={query.data}
          onNarrow={(value) => onNarrow(narrowed(filter, value.query))}
        />
      )}
    </>
  );
}

type AnswerProps = {
  readonly difference: Difference;
  readonly onNarrow: (value: WhyValue) => void;
};

function Answer({ difference, onNarrow }: AnswerProps) {
  const zone = useZone();
  const { a, b } = difference;
  return (
    <div className={styles.answer}>
      <dl className={styles.sides}>
        <dt data-side="a">
          <code>{a.query}</code>
        </dt>
        <dd>{sideText(a)}</dd>
        <dt data-side="b">the rest</dt>
        <dd>{sideText(b)}</dd>
      </dl>
      {a.traces === 0 || b.traces === 0 ? (
        <p>One of the two sides has no traces in this time: there is nothing to compare</p>
      ) : (
        groupsOf(difference, zone).map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            {group.fields.length === 0 && <p>Nothing differs by more than chance</p>}
            {group.fields.map((field) => (
              <Field key={field.name} field={field} onNarrow={onNarrow} />
            ))}
          </section>
        ))
      )}
    </div>
  );
}

type FieldProps = {
  readonly field: WhyField;
  readonly onNarrow: (value: WhyValue) => void;
};

function Field({ field, onNarrow }: FieldProps) {
  return (
    <div className={styles.field}>
      <h4 title={field.about.replaceAll("`", "")}>{field.name}</h4>
      {field.note && <p className={styles.note}>{field.note}</p>}
      <ul>
        {field.values.map((value) => (
          <li key={value.query}>
            <Button
              look="bare"
              className={styles.value}
              title={value.query}
              onClick={() => onNarrow(value)}
            >
              <span className={styles.label}>{value.label}</span>
              <Bars shares={value.shares} />
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}

const SIDES = [
  { side: "a", spoken: "here" },
  { side: "b", spoken: "of the rest" },
] as const;

/** Two bars, one above the other. */
function Bars({ shares }: Pick<WhyValue, "shares">) {
  return (
    <span className={styles.bars}>
      {SIDES.map(({ side, spoken }, at) => (
        <span key={side} className={styles.line} data-side={side}>
          <span className={styles.track}>
            <span className={styles.bar} style={{ width: `${(shares[at] ?? 0) * 100}%` }} />
          </span>
          <span className={styles.percent}>
            {formatPercent(shares[at])}
            <span className="visually-hidden"> {spoken}</span>
          </span>
        </span>
      ))}
    </span>
  );
}
