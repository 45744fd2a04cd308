/** The span as the server answered it. */

import { sourceOf } from "../../api/parse";
import type { Span } from "../../api/types";
import { CopyButton } from "../../widgets/CopyButton";
import { JsonView } from "./JsonView";
import { jsonText } from "./json_text";
import styles from "./Panel.module.css";

export function RawTab({ span }: { readonly span: Span }) {
  const value = sourceOf(span);
  return (
    <div className={styles.stack}>
      <div className={styles.options}>
        <span>The span as the server answers it</span>
        <CopyButton text={jsonText(value)} what="the span as JSON" />
      </div>
      <JsonView value={value} label="The span as JSON" />
    </div>
  );
}
