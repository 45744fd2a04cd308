/** What went into a span and what came out. */

import type { ReactNode } from "react";
import type { Span } from "../../api/types";
import type { Json } from "../../base/json";
import { CopyButton } from "../../widgets/CopyButton";
import { DocumentList } from "./DocumentsTab";
import { jsonText } from "./json_text";
import styles from "./Panel.module.css";
import { SourceToggle, useSource } from "./SourceToggle";
import { ValueView } from "./ValueView";

export function InputOutput({ span }: { readonly span: Span }) {
  const [source, setSource] = useSource();
  const query = span.query !== undefined && span.query !== span.input ? span.query : undefined;
  return (
    <div className={styles.stack}>
      <div className={styles.options}>
        <span />
        <SourceToggle source={source} onSource={setSource} />
      </div>
      {query !== undefined && <Side title="Query" value={query} source={source} />}
      <Side title="Input" value={span.input} source={source} />
      <Side
        title="Output"
        value={span.output}
        source={source}
        absent={span.documents.length > 0 ? undefined : absentWords(span)}
      />
      {span.output === undefined && <DocumentList span={span} source={source} />}
      {statesOf(span).map(({ title, value }) => (
        <Side key={title} title={title} value={value} source={source} />
      ))}
    </div>
  );
}

/** The state around a step, where it is not the input and output over again. */
function statesOf(span: Span): { readonly title: string; readonly value: Json | undefined }[] {
  const derived = (state: Json | undefined, side: Json | undefined) =>
    JSON.stringify(state) === JSON.stringify(side);
  return [
    ...(derived(span.state_before, span.input)
      ? []
      : [{ title: "State before", value: span.state_before }]),
    ...(derived(span.state_after, span.output)
      ? []
      : [{ title: "State after", value: span.state_after }]),
    { title: "State change", value: span.state_delta },
  ];
}

function absentWords(span: Span): string {
  if (span.status === "error") return "no output: it failed";
  return span.end_unix_nanos === undefined ? "no output yet" : "no output was recorded";
}

type SideProps = {
  readonly title: string;
  readonly value: Json | undefined;
  readonly source: boolean;
  readonly absent?: ReactNode;
};

function Side({ title, value, source, absent }: SideProps) {
  if (value === undefined && absent === undefined) return null;
  if (value === undefined) {
    return (
      <div className={styles.noOutput}>
        <span>{title}</span>
        <span>{absent}</span>
      </div>
    );
  }
  return (
    <section className={styles.card}>
      <header className={styles.cardHead}>
        <b>{title}</b>
        <span className={styles.space} />
        <CopyButton
          text={typeof value === "string" ? value : jsonText(value)}
          what={`the ${title.toLowerCase()}`}
        />
      </header>
      <div className={styles.cardBody}>
        <ValueView value={value} label={title} source={source} />
      </div>
    </section>
  );
}
