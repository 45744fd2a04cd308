/** What went wrong on a span: type, message, and the stack when one was recorded. */

import { CircleAlert } from "lucide-react";
import type { Span } from "../../api/types";
import { CopyButton } from "../../widgets/CopyButton";
import { LongText } from "./LongText";
import styles from "./Panel.module.css";
import { plainLine } from "./plain";
import { errorText, exceptionOf } from "./preview";

export function ErrorBlock({ span }: { readonly span: Span }) {
  const message = errorText(span);
  if (message === undefined) return null;
  const exception = exceptionOf(span);
  const recorded = exception?.["exception.type"];
  const stack = exception?.["exception.stacktrace"];
  const type = span.error_type ?? (typeof recorded === "string" ? recorded : "Error");
  return (
    <section className={styles.error} aria-label="Error">
      <div className={styles.errorTitle}>
        <CircleAlert size={15} aria-hidden="true" />
        <h3>{plainLine(type, 120)}</h3>
      </div>
      {message !== type && <LongText text={message} look="mono" charsShown={400} />}
      {typeof stack === "string" && stack !== "" && (
        <details>
          <summary>Stack trace</summary>
          <CopyButton text={stack} what="the stack trace" className={styles.stackCopy} />
          <LongText text={stack} look="mono" charsShown={6000} />
        </details>
      )}
    </section>
  );
}
