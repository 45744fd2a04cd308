/** Events and log records in time order. */

import { TimeText } from "../../widgets/TimeText";
import { JsonView } from "./JsonView";
import { jsonStart } from "./json_text";
import { LongText } from "./LongText";
import styles from "./Panel.module.css";
import { plainLine } from "./plain";
import type { Moment } from "./time_line";

export function MomentList({ moments }: { readonly moments: readonly Moment[] }) {
  return (
    <ol className={styles.moments}>
      {moments.map((moment) => (
        <li key={moment.key}>
          <MomentLine moment={moment} />
        </li>
      ))}
    </ol>
  );
}

function MomentLine({ moment }: { readonly moment: Moment }) {
  const { unixNanos, severity, name, text, body, attributes } = moment;
  const names = Object.keys(attributes).filter((key) => key !== "exception.stacktrace");
  const facts = names.slice(0, 4).map((key) => `${key}=${jsonStart(attributes[key], 60)}`);
  const more = body !== undefined || names.length > 0 || text.length > 300;
  const line = (
    <>
      <TimeText nanos={unixNanos} style="clock-millis" />{" "}
      <b data-severity={severity}>{plainLine(severity, 12)}</b>{" "}
      {name && <em>{plainLine(name, 100)}</em>} {text && <span>{plainLine(text, 300)}</span>}{" "}
      <i>{plainLine(facts.join(" "), 200)}</i>
    </>
  );
  if (!more) return line;
  return (
    <details>
      <summary>{line}</summary>
      {text.length > 300 && <LongText text={text} look="mono" />}
      {body !== undefined && <JsonView value={body} label="Body" />}
      {Object.keys(attributes).length > 0 && <JsonView value={attributes} label="Attributes" />}
    </details>
  );
}
