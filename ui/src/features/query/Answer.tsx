/** The rows of an answer, above them its chart where one would be true. */

import { useMemo, useState } from "react";
import type { SqlAnswer } from "../../api/parse_sql";
import type { QuerySearch } from "../../base/search";
import { useKeys } from "../../widgets/useKeys";
import styles from "./Answer.module.css";
import { ChartPanel } from "./ChartPanel";
import { chartOf } from "./chart";
import { ResultGrid } from "./ResultGrid";

type AnswerProps = {
  readonly project: string;
  readonly answer: SqlAnswer;
  readonly search: QuerySearch;
  /** These are rows of before, until those of now come. */
  readonly dimmed: boolean;
  readonly onChange: (change: QuerySearch) => void;
};

export function Answer({ project, answer, search, dimmed, onChange }: AnswerProps) {
  const [measure, setMeasure] = useState<string>();
  const chart = useMemo(() => chartOf(answer, measure), [answer, measure]);
  const shown = search.chart !== "0";
  useKeys(chart ? { chart: () => onChange({ chart: shown ? "0" : undefined }) } : {});
  return (
    <div className={`${styles.answer} ${dimmed ? styles.dimmed : ""}`} aria-busy={dimmed}>
      {chart && shown && <ChartPanel chart={chart} onMeasure={setMeasure} />}
      {answer.rows.length > 0 ? (
        <ResultGrid project={project} answer={answer} />
      ) : (
        <p className={styles.none}>
          No rows. {search.t ? "The time range bounds all tables; the query may, too." : ""}
        </p>
      )}
    </div>
  );
}
