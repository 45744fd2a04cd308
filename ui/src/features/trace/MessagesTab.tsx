/** The conversation of a model call: what it repeats folded, what is new open. */

import { Layers } from "lucide-react";
import { useMemo, useState } from "react";
import { formatPlural } from "../../base/format";
import type { Json } from "../../base/json";
import { MessageCard, PartBody } from "./MessageCard";
import { conversationOf, repeatedOf } from "./messages";
import { spanAt } from "./model";
import styles from "./Panel.module.css";
import { SourceToggle, useSource } from "./SourceToggle";
import type { DisplayTree } from "./tree";

type MessagesTabProps = {
  readonly tree: DisplayTree;
  readonly node: number;
  readonly onSpan: (id: string) => void;
};

export function MessagesTab({ tree, node, onSpan }: MessagesTabProps) {
  const span = spanAt(tree.model, node);
  const [source, setSource] = useSource();
  const [repeatedShown, setRepeatedShown] = useState(false);
  const repeated = useMemo(() => repeatedOf(tree, node), [tree, node]);
  const border = repeatedShown ? 0 : repeated?.count;
  const messages = useMemo(() => conversationOf(span, border), [span, border]);
  const old = repeated
    ? messages.filter((message) => isOld(message.place, repeated.count)).length
    : 0;
  const shown = repeatedShown || old < 2 ? messages : messages.slice(old);
  const spanOfCall = useMemo(() => toolSpans(tree), [tree]);
  return (
    <div className={styles.stack}>
      <div className={styles.options}>
        <span>{formatPlural(messages.length, "message")}</span>
        <SourceToggle source={source} onSource={setSource} />
      </div>
      {span.system_instructions.length > 0 && (
        <details className={styles.folded}>
          <summary>System instructions</summary>
          <div className={styles.cardBody}>
            {span.system_instructions.map((part, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: parts stand still.
              <PartBody key={index} part={part} source={source} />
            ))}
          </div>
        </details>
      )}
      {repeated && old >= 2 && (
        <div className={styles.repeated}>
          <Layers size={14} aria-hidden="true" />
          <span>
            <b>{formatPlural(old, "message")} unchanged</b> since{" "}
            <button
              type="button"
              className={styles.more}
              onClick={() => onSpan(repeated.sinceSpanId)}
            >
              call {repeated.sinceCall}
            </button>{" "}
            of this agent
          </span>
          <button
            type="button"
            className={styles.more}
            aria-expanded={repeatedShown}
            onClick={() => setRepeatedShown(!repeatedShown)}
          >
            {repeatedShown ? "hide" : "show"}
          </button>
        </div>
      )}
      {shown.map((message) => (
        <MessageCard
          key={message.place}
          message={message}
          fresh={repeated !== undefined && !message.output && !isOld(message.place, repeated.count)}
          source={source}
          spanOfCall={spanOfCall}
          onSpan={onSpan}
        />
      ))}
      {span.output_messages.length === 0 && span.output !== undefined && (
        <MessageCard
          message={{
            ...PLAIN_OUTPUT,
            parts: [
              { type: "part", part: { type: "other", raw: { output: span.output as Json } } },
            ],
          }}
          fresh={false}
          source={source}
          spanOfCall={spanOfCall}
          onSpan={onSpan}
        />
      )}
      {span.output_messages.length === 0 && span.output === undefined && (
        <div className={styles.noOutput}>
          <span>assistant</span>
          <span>{noOutputWords(span.status, span.end_unix_nanos)}</span>
        </div>
      )}
    </div>
  );
}

const PLAIN_OUTPUT = {
  place: -1,
  role: "assistant",
  name: undefined,
  output: true,
  finishReason: undefined,
} as const;

function noOutputWords(status: string, end: string | undefined): string {
  if (status === "error") return "no output: the call failed";
  return end === undefined ? "no output yet" : "no output was recorded";
}

function isOld(place: number, repeated: number): boolean {
  return place < repeated;
}

/** The spans that ran the tools, by the id of the call. */
function toolSpans(tree: DisplayTree): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const span of tree.model.spans) {
    if (span.tool_call_id !== undefined) found.set(span.tool_call_id, span.span_id);
  }
  return found;
}
