/** Runs and stops the question; says what it took; how many rows; files of all of them. */

import { useQuery } from "@tanstack/react-query";
import { ChartColumn, Play, Square } from "lucide-react";
import type { SqlAnswer } from "../../api/parse_sql";
import { queries, type SqlQuestion } from "../../api/queries";
import {
  formatBytes,
  formatCountExact,
  formatDuration,
  formatPlural,
  nanosFrom,
} from "../../base/format";
import { QUERY_ROWS, type QuerySearch } from "../../base/search";
import { formatElapsed } from "../../base/time";
import { Button } from "../../kit/Button";
import { Kbd } from "../../widgets/Kbd";
import { chartOf } from "./chart";
import { ExportMenu } from "./ExportMenu";
import styles from "./RunBar.module.css";
import { useElapsed } from "./useElapsed";

/** What the server gives where nothing is said. */
const ROWS_DEFAULT = "10000";

type RunBarProps = {
  readonly project: string;
  readonly search: QuerySearch;
  /** What was asked last. */
  readonly question?: SqlQuestion;
  readonly answer?: SqlAnswer;
  /** What the editor has. */
  readonly draft: string;
  readonly running: boolean;
  readonly onRun: () => void;
  readonly onCancel: () => void;
  readonly onChange: (change: QuerySearch) => void;
};

export function RunBar(props: RunBarProps) {
  const { project, search, question, answer, draft, running, onRun, onCancel, onChange } = props;
  const elapsed = useElapsed(running);
  const empty = draft.trim() === "";
  const hasChart = answer !== undefined && chartOf(answer) !== undefined;
  return (
    <div className={styles.bar} role="group" aria-label="Run">
      <Button
        look="solid"
        icon={<Play size={14} aria-hidden="true" />}
        disabled={empty}
        accessibleWhenDisabled
        title={empty ? "Write a query first" : undefined}
        onClick={onRun}
      >
        Run
        <span className={styles.keys} aria-hidden="true">
          <Kbd keys="Mod+Enter" />
        </span>
      </Button>
      {running && elapsed !== undefined && (
        <Button icon={<Square size={12} aria-hidden="true" />} onClick={onCancel}>
          Cancel
        </Button>
      )}
      <div className={styles.told} role="status">
        {running && elapsed !== undefined && (
          <span>
            Running <span aria-hidden="true">{formatElapsed(elapsed)}</span>
          </span>
        )}
        {running && elapsed !== undefined && question && (
          <HowFar project={project} question={question} />
        )}
        {!running && answer && <Took answer={answer} changed={draft !== search.sql} />}
      </div>
      <label className={styles.rows}>
        <span>Rows, at most</span>
        <select
          value={search.rows ?? ROWS_DEFAULT}
          onChange={({ target }) =>
            onChange({ rows: QUERY_ROWS.find((known) => known === target.value) })
          }
        >
          {[...QUERY_ROWS, ROWS_DEFAULT]
            .sort((a, b) => Number(a) - Number(b))
            .map((rows) => (
              <option key={rows} value={rows}>
                {formatCountExact(Number(rows))}
              </option>
            ))}
        </select>
      </label>
      {hasChart && (
        <Button
          icon={<ChartColumn size={14} aria-hidden="true" />}
          aria-pressed={search.chart !== "0"}
          onClick={() => onChange({ chart: search.chart === "0" ? undefined : "0" })}
        >
          Chart
        </Button>
      )}
      {question && <ExportMenu project={project} question={question} />}
    </div>
  );
}

/** For people who see it: it changes too often to be read out. */
function HowFar(asked: { readonly project: string; readonly question: SqlQuestion }) {
  const { data } = useQuery(queries.sqlProgress(asked.project, asked.question));
  if (!data || data.parts === 0) return null;
  const { parts, partsDone, rows } = data;
  return (
    <span aria-hidden="true" className={styles.far}>
      <progress value={Math.min(partsDone, parts)} max={parts} />
      {formatPlural(rows, "row")} read
    </span>
  );
}

function Took({ answer, changed }: { readonly answer: SqlAnswer; readonly changed: boolean }) {
  const { rows, cut, cost } = answer;
  return (
    <>
      {cut ? (
        <strong className={styles.cut}>
          Cut off at {formatPlural(rows.length, "row")}, there are more
        </strong>
      ) : (
        <strong>{formatPlural(rows.length, "row")}</strong>
      )}
      <span title={`${formatCountExact(cost.bytes)} bytes of columns, decoded`}>
        {formatPlural(cost.rows, "row")} read, {formatBytes(cost.bytes)}
      </span>
      <span>{formatDuration(nanosFrom(cost.nanos))}</span>
      {changed && <span className={styles.changed}>Edited since</span>}
    </>
  );
}
