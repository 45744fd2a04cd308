/** The head of the span panel: what it is, and its numbers. */

import type { ReactNode } from "react";
import type { Span } from "../../api/types";
import { formatCountExact, formatDuration, formatPercent, nanosFrom } from "../../base/format";
import { kindOf } from "../../base/kinds";
import { AgoText } from "../../widgets/AgoText";
import { CopyButton } from "../../widgets/CopyButton";
import { KindIcon } from "../../widgets/KindIcon";
import { TimeText } from "../../widgets/TimeText";
import { BilledElsewhere } from "./BilledElsewhere";
import { CostPopover } from "./CostPopover";
import { asNanos, at, durationOf, spanAt } from "./model";
import styles from "./Panel.module.css";
import { PlaceFacts } from "./PlaceFacts";
import { plainLine } from "./plain";
import { MADE_FROM_LOG, modelOf, titleOf } from "./preview";
import type { DisplayTree } from "./tree";

type PanelHeaderProps = {
  readonly project: string;
  readonly tree: DisplayTree;
  readonly node: number;
};

export function PanelHeader({ project, tree, node }: PanelHeaderProps) {
  const span = spanAt(tree.model, node);
  const duration = durationOf(tree.model, node);
  const ttft = nanosFrom(span.ttft_nanos);
  const { input_tokens: input, output_tokens: output, cache_read_tokens: cached } = span.usage;
  const model = modelOf(span);
  const title = titleOf(span);
  const aside = [span.operation, span.agent_name ?? span.step_name].filter(Boolean).join(" · ");
  return (
    <header className={styles.header}>
      <div className={styles.title}>
        <KindIcon kind={kindOf(span.obs_type)} size={18} />
        <h2 title={plainLine(span.raw_name ?? span.name, 500)}>{plainLine(title, 120)}</h2>
        {aside && <span className={styles.aside}>{plainLine(aside, 80)}</span>}
        <span className={styles.space} />
        {span.origin === "log" && <span className={styles.origin}>{MADE_FROM_LOG}</span>}
        <CopyButton text={span.span_id} what="the span id" />
      </div>
      <dl className={styles.facts}>
        <Fact name="Start">
          <span
            title={`${formatCountExact(asNanos(at(tree.model.start, node)))} ns after the trace began`}
          >
            +{formatDuration(asNanos(at(tree.model.start, node)))}
          </span>
        </Fact>
        <Fact name="At">
          <TimeText nanos={nanosFrom(span.start_unix_nanos) ?? 0n} style="clock-millis" />
        </Fact>
        {ttft === undefined || duration === undefined ? (
          <Fact name="Took">
            {duration === undefined ? (
              <StillRunning span={span} />
            ) : (
              formatDuration(asNanos(duration))
            )}
          </Fact>
        ) : (
          <>
            <Fact name="Wait">{formatDuration(ttft)}</Fact>
            <Fact name="Generate">{formatDuration(rest(asNanos(duration), ttft))}</Fact>
          </>
        )}
        {input !== undefined && (
          <Fact name="In">
            {formatCountExact(input)}
            {cached !== undefined && cached > 0 && (
              <span className={styles.good}> {formatPercent(cached / input)} cached</span>
            )}
          </Fact>
        )}
        {output !== undefined && <Fact name="Out">{formatCountExact(output)}</Fact>}
        {span.usage.output_reasoning_tokens !== undefined && (
          <Fact name="Reasoning">{formatCountExact(span.usage.output_reasoning_tokens)}</Fact>
        )}
        {mayCost(span) && (
          <Fact name="Cost">
            <CostPopover project={project} span={span} />
            {span.billed_in !== undefined && (
              <>
                {" "}
                <BilledElsewhere traceId={span.billed_in} words />
              </>
            )}
          </Fact>
        )}
        {span.finish_reasons.length > 0 && (
          <Fact name="Finish" look={span.status === "error" ? styles.bad : undefined}>
            {plainLine(span.finish_reasons.join(", "), 60)}
          </Fact>
        )}
        {model !== undefined && model !== title && <Fact name="Model">{plainLine(model, 60)}</Fact>}
        {span.request_model !== undefined && span.request_model !== model && (
          <Fact name="Asked for">{plainLine(span.request_model, 60)}</Fact>
        )}
        {span.provider && <Fact name="Provider">{plainLine(span.provider, 40)}</Fact>}
      </dl>
      <PlaceFacts span={span} />
      {span.notes.length > 0 && (
        <details className={styles.notes}>
          <summary>
            {span.notes.length === 1 ? "1 note" : `${span.notes.length} notes`} on how this span was
            read
          </summary>
          <ul>
            {span.notes.map((note) => (
              <li key={note}>{plainLine(note, 500)}</li>
            ))}
          </ul>
        </details>
      )}
    </header>
  );
}

type FactProps = {
  readonly name: string;
  readonly children: ReactNode;
  readonly look?: string | undefined;
};

function Fact({ name, children, look }: FactProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={look}>{children}</dd>
    </div>
  );
}

/** Whether a cost was expected, so that its absence is worth explaining. */
function mayCost(span: Span): boolean {
  if (span.cost_status !== undefined && span.cost_status !== "none") return true;
  if (span.billed_in !== undefined || span.billing === "leaf") return true;
  return span.billing === "aggregate" && Object.keys(span.usage).length > 0;
}

function StillRunning({ span }: { readonly span: Span }) {
  const seen = nanosFrom(span.last_seen_unix_nanos);
  if (seen === undefined) return "still running";
  return (
    <>
      running, last sign of life <AgoText nanos={seen} />
    </>
  );
}

function rest(duration: bigint | undefined, ttft: bigint): bigint | undefined {
  if (duration === undefined) return undefined;
  return duration > ttft ? duration - ttft : 0n;
}
