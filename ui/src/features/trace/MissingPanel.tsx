/** A parent that has not come: what is known of it, and why it may be missing. */

import { nanosFrom } from "../../base/format";
import { AgoText } from "../../widgets/AgoText";
import { CopyButton } from "../../widgets/CopyButton";
import { TimeText } from "../../widgets/TimeText";
import styles from "./Panel.module.css";
import { plainLine } from "./plain";
import { type DisplayTree, idOfNode, placeholderOf } from "./tree";

type MissingPanelProps = {
  readonly tree: DisplayTree;
  readonly node: number;
  readonly onSpan: (id: string) => void;
};

export function MissingPanel({ tree, node, onSpan }: MissingPanelProps) {
  const id = idOfNode(tree, node);
  const known = placeholderOf(tree, node);
  const pendingId = known?.pending_span_id;
  return (
    <div className={styles.content}>
      <div className={styles.title}>
        <h2>{known?.name ? plainLine(known.name, 120) : "Parent not received"}</h2>
        <span className={styles.space} />
        <CopyButton text={id} what="the span id" />
      </div>
      <p className={styles.mono}>{plainLine(id, 64)}</p>
      {known && (
        <p>
          Running, last sign of life <AgoText nanos={nanosFrom(known.last_seen_unix_nanos) ?? 0n} />
        </p>
      )}
      {known && pendingId !== undefined ? (
        <p className={styles.muted}>
          Announced at{" "}
          <TimeText nanos={nanosFrom(known.start_unix_nanos) ?? 0n} style="clock-millis" /> by a
          pending span; the span itself comes when it has ended.{" "}
          <button type="button" className={styles.more} onClick={() => onSpan(pendingId)}>
            Show the announcement
          </button>
        </p>
      ) : (
        <p className={styles.muted}>
          Spans refer to this parent, but it has not arrived. It may still be running, be sampled
          out, or belong to a service that sends its spans elsewhere.
        </p>
      )}
    </div>
  );
}
