/** The facts of a trace in one line: how long, where the time went, tokens, cost, who. */

import type { ReactNode } from "react";
import { useMemo } from "react";
import type { TraceSummary } from "../../api/types";
import {
  formatCost,
  formatCount,
  formatCountExact,
  formatDuration,
  formatPercent,
  formatPlural,
  nanosFrom,
} from "../../base/format";
import { type Kind, kindColor } from "../../base/kinds";
import { asNanos } from "./model";
import { plainLine } from "./plain";
import { type Spent, timeByKind } from "./spent";
import styles from "./TraceView.module.css";
import type { DisplayTree } from "./tree";

type FactsLineProps = {
  readonly trace: TraceSummary;
  readonly tree: DisplayTree;
  /** Later spans of the trace that are not shown. */
  readonly leftOut: number;
};

export function FactsLine({ trace, tree, leftOut }: FactsLineProps) {
  const { model } = tree;
  const duration = nanosFrom(trace.duration_nanos) ?? asNanos(model.horizon);
  const spent = useMemo(() => timeByKind(model), [model]);
  const { input_tokens: input, output_tokens: output } = trace.usage;
  const tokens =
    input === undefined && output === undefined ? undefined : (input ?? 0) + (output ?? 0);
  const running = trace.status === "running";
  return (
    <div className={styles.facts}>
      <Fact name="Duration">
        {formatDuration(duration)}
        {running && " so far"}
      </Fact>
      <SpentBar spent={spent} total={Number(duration ?? 0n)} />
      {trace.ttft_nanos !== undefined && (
        <Fact name="TTFT">{formatDuration(nanosFrom(trace.ttft_nanos))}</Fact>
      )}
      {tokens !== undefined && (
        <Fact
          name="Tokens"
          title={`${formatCountExact(input ?? 0)} in, ${formatCountExact(output ?? 0)} out`}
        >
          {formatCount(tokens)}
        </Fact>
      )}
      {trace.cost_status !== undefined && trace.cost_status !== "none" && (
        <Fact name="Cost" warn={trace.cost_status === "no_price"} title={costTitle(trace)}>
          {formatCost(trace.cost_usd, trace.cost_status)}
        </Fact>
      )}
      <Fact name="Spans">{formatCountExact(trace.span_count || model.spans.length)}</Fact>
      {leftOut > 0 && (
        <Fact name="Left out" warn title="More spans than the server reads of one trace">
          {formatPlural(leftOut, "later span")}
        </Fact>
      )}
      {trace.error_count > 0 && <Fact name="Errors">{formatCountExact(trace.error_count)}</Fact>}
      <span className={styles.chips}>
        {trace.models.map((model) => (
          <Chip key={model} what="Model" text={model} />
        ))}
        {trace.user_id && <Chip what="User" text={trace.user_id} />}
        {trace.session_id && <Chip what="Session" text={trace.session_id} />}
      </span>
    </div>
  );
}

type FactProps = {
  readonly name: string;
  readonly children: ReactNode;
  readonly title?: string | undefined;
  readonly warn?: boolean;
};

function Fact({ name, children, title, warn }: FactProps) {
  return (
    <span className={styles.fact} title={title}>
      {name} <b className={warn ? styles.warn : undefined}>{children}</b>
    </span>
  );
}

function Chip({ what, text }: { readonly what: string; readonly text: string }) {
  return (
    <span className={styles.chip} title={`${what} ${plainLine(text, 500)}`}>
      {plainLine(text, 40)}
    </span>
  );
}

/** Smaller shares are drawn, but not worth a word. */
const SHARE_MIN = 0.01;

const KIND_WORDS: Partial<Record<Kind, string>> = {
  llm: "models",
  tool: "tools",
  retrieval: "retrieval",
  embedding: "embedding",
  rerank: "rerank",
  guardrail: "guardrails",
  evaluator: "evaluators",
  memory: "memory",
};

function SpentBar({ spent, total }: { readonly spent: readonly Spent[]; readonly total: number }) {
  if (spent.length === 0 || total <= 0) return null;
  const words = spent
    .filter(({ nanos }) => nanos / total >= SHARE_MIN)
    .slice(0, 2)
    .map(({ kind, nanos }) => `${KIND_WORDS[kind] ?? kind} ${formatPercent(nanos / total)}`);
  return (
    <span className={styles.spent}>
      <span className={styles.spentBar} aria-hidden="true">
        {spent.map(({ kind, nanos }) => (
          <i
            key={kind}
            style={{ width: `${(nanos / total) * 100}%`, background: kindColor(kind, "fill") }}
          />
        ))}
      </span>
      <span className={styles.spentWords}>{words.join(" · ")}</span>
    </span>
  );
}

function costTitle(trace: TraceSummary): string | undefined {
  if (trace.cost_status === "no_price") return "No price is known for the models of this trace";
  if (trace.cost_status === "partial") return "Some models of this trace have no price";
  return trace.cost_usd && `$${trace.cost_usd}`;
}
