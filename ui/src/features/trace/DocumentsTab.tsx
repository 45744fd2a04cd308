/** The documents a span found, in the order it gave them, with their scores. */

import type { Span } from "../../api/types";
import { CopyButton } from "../../widgets/CopyButton";
import { JsonView } from "./JsonView";
import styles from "./Panel.module.css";
import { plainLine } from "./plain";
import { SourceToggle, useSource } from "./SourceToggle";
import { ValueView } from "./ValueView";

export function DocumentsTab({ span }: { readonly span: Span }) {
  const [source, setSource] = useSource();
  return (
    <div className={styles.stack}>
      <div className={styles.options}>
        <span />
        <SourceToggle source={source} onSource={setSource} />
      </div>
      <DocumentList span={span} source={source} />
    </div>
  );
}

type DocumentListProps = { readonly span: Span; readonly source: boolean };

export function DocumentList({ span, source }: DocumentListProps) {
  const scores = span.documents.map(({ score }) => (typeof score === "number" ? score : 0));
  const best = scores.reduce((top, score) => Math.max(top, score), 0);
  return (
    <>
      {span.documents.map(({ id, score, content, metadata }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: documents may repeat, their order counts.
        <section key={index} className={styles.card}>
          <header className={styles.cardHead}>
            <b>{index + 1}</b>
            {id !== undefined && <code>{plainLine(String(id), 60)}</code>}
            {id !== undefined && <CopyButton text={String(id)} what="the document id" />}
            <span className={styles.space} />
            {typeof score === "number" && (
              <>
                <span className={styles.score} aria-hidden="true">
                  <i style={{ width: `${best > 0 ? Math.max(0, (score / best) * 100) : 0}%` }} />
                </span>
                <span title={`score ${score}`}>{Number(score.toPrecision(3))}</span>
              </>
            )}
          </header>
          <div className={styles.cardBody}>
            {content === undefined || content === null ? (
              <p className={styles.muted}>no content was recorded</p>
            ) : (
              <ValueView value={content} label={`Document ${index + 1}`} source={source} />
            )}
            {metadata !== undefined && metadata !== null && (
              <details>
                <summary>Metadata</summary>
                <JsonView value={metadata} label={`Metadata of document ${index + 1}`} />
              </details>
            )}
          </div>
        </section>
      ))}
    </>
  );
}
