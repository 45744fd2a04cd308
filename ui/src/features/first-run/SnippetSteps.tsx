/** The numbered steps of one snippet. */

import { CodeBlock } from "./CodeBlock";
import styles from "./SnippetSteps.module.css";
import { type Filling, fillLines, type Snippet } from "./snippets";

export function SnippetSteps({
  snippet,
  filling,
}: {
  readonly snippet: Snippet;
  readonly filling: Filling;
}) {
  const { steps, program } = snippet;
  return (
    <>
      <ol className={styles.steps}>
        {steps.map(({ title, lines }, i) => (
          <li key={title} className={styles.step}>
            <span className={styles.number} aria-hidden="true">
              {i + 1}
            </span>
            <h3>{title}</h3>
            <CodeBlock lines={fillLines(lines, filling)} what={`step ${i + 1}`} />
          </li>
        ))}
      </ol>
      {program && (
        <details key={snippet.id} className={styles.program}>
          <summary>
            A whole <code>{program.file}</code>, if you have none
          </summary>
          <CodeBlock lines={fillLines(program.lines, filling)} what={program.file} />
        </details>
      )}
    </>
  );
}
