/** The panel at right: the selected span in tabs, or what a folded row holds. */

import { type ReactNode, useMemo, useState } from "react";
import type { LogRecord, Span } from "../../api/types";
import { kindOf } from "../../base/kinds";
import { Tabs } from "../../kit/Tabs";
import { AttributesTab } from "./AttributesTab";
import { DocumentsTab } from "./DocumentsTab";
import { ErrorBlock } from "./ErrorBlock";
import { GroupPanel } from "./GroupPanel";
import { InputOutput } from "./InputOutput";
import { LinksTab } from "./LinksTab";
import { MessagesTab } from "./MessagesTab";
import { MomentList } from "./MomentList";
import { spanAt } from "./model";
import styles from "./Panel.module.css";
import { PanelHeader } from "./PanelHeader";
import { RawTab } from "./RawTab";
import type { Row } from "./rows";
import { SourcesTab } from "./SourcesTab";
import { ToolsTab } from "./ToolsTab";
import { type Moment, momentsOf, momentsTitle } from "./time_line";
import type { DisplayTree } from "./tree";

export type PanelProps = {
  readonly project: string;
  readonly tree: DisplayTree;
  readonly logs: readonly LogRecord[];
  readonly spanId: string | undefined;
  /** The active row when it is no span. */
  readonly row: Row | undefined;
  readonly tab: string | undefined;
  readonly onTab: (tab: string) => void;
  readonly onSpan: (id: string) => void;
};

export function Panel({ project, tree, logs, spanId, row, tab, onTab, onSpan }: PanelProps) {
  if (row !== undefined && row.type !== "span") {
    return <GroupPanel tree={tree} row={row} onSpan={onSpan} />;
  }
  const node = tree.model.indexOfId.get(spanId ?? "");
  if (node === undefined) {
    return <p className={styles.empty}>Select a span to see its messages and attributes.</p>;
  }
  return (
    <SpanPanel
      key={spanId}
      project={project}
      tree={tree}
      logs={logs}
      node={node}
      tab={tab}
      onTab={onTab}
      onSpan={onSpan}
    />
  );
}

type SpanPanelProps = Omit<PanelProps, "spanId" | "row"> & { readonly node: number };

function SpanPanel({ project, tree, logs, node, tab, onTab, onSpan }: SpanPanelProps) {
  const [sought, setSought] = useState("");
  const span = spanAt(tree.model, node);
  const moments = useMemo(
    () => momentsOf(span, logsOf(tree, node, logs)),
    [tree, node, span, logs],
  );
  const tabs = useMemo(() => tabsOf(span, moments), [span, moments]);
  const shown = tabs.find(({ id }) => id === tab) ?? tabs[0];
  const onAttribute = (name: string) => {
    setSought(name);
    onTab("attributes");
  };
  return (
    <>
      <PanelHeader project={project} tree={tree} node={node} />
      <Tabs
        label="Parts of the span"
        items={tabs.map(({ id, name, count }) => ({
          id,
          label: count === undefined ? name : `${name} ${count}`,
        }))}
        selected={shown?.id ?? "raw"}
        onSelect={(next) => {
          setSought("");
          onTab(next);
        }}
        panelClass={styles.content}
      >
        {shown?.id !== "raw" && shown === tabs[0] && <ErrorBlock span={span} />}
        {shown !== undefined &&
          content(shown.id, { project, tree, node, moments, onSpan, sought, onAttribute })}
      </Tabs>
    </>
  );
}

/** A root also shows the logs that name no span of the trace; nowhere else would they be seen. */
function logsOf(tree: DisplayTree, node: number, logs: readonly LogRecord[]): LogRecord[] {
  const { indexOfId } = tree.model;
  const id = spanAt(tree.model, node).span_id;
  const root = tree.model.order.find((index) => !spanAt(tree.model, index).parent_span_id) === node;
  return logs.filter(({ span_id }) =>
    span_id !== undefined && indexOfId.has(span_id) ? span_id === id : root,
  );
}

type TabFacts = { readonly id: string; readonly name: string; readonly count?: number };

/** Only the tabs that have something to show. */
function tabsOf(span: Span, moments: readonly Moment[]): TabFacts[] {
  const talks = span.input_messages.length + span.output_messages.length > 0;
  const plain = [span.input, span.output, span.query, span.state_before, span.state_after].some(
    (value) => value !== undefined,
  );
  const tools = span.tool_definitions.length;
  const attributes = Object.keys(span.attributes).length + Object.keys(span.resource).length;
  // For a model call the messages come first; for the rest what went in and came out.
  const first: TabFacts[] = [];
  if (plain) first.push({ id: "io", name: "Input, output" });
  if (talks) first.push({ id: "messages", name: "Messages" });
  if (kindOf(span.obs_type) === "llm") first.reverse();
  const rest: (TabFacts | false)[] = [
    span.documents.length > 0 && {
      id: "documents",
      name: "Documents",
      count: span.documents.length,
    },
    tools > 0 && { id: "tools", name: "Tools", count: tools },
    span.links.length > 0 && { id: "links", name: "Links", count: span.links.length },
    attributes > 0 && { id: "attributes", name: "Attributes", count: attributes },
    { id: "sources", name: "Sources" },
    moments.length > 0 && { id: "logs", name: momentsTitle(moments), count: moments.length },
    { id: "raw", name: "Raw" },
  ];
  return [...first, ...rest.filter((item): item is TabFacts => item !== false)];
}

type Facts = {
  readonly project: string;
  readonly tree: DisplayTree;
  readonly node: number;
  readonly moments: readonly Moment[];
  readonly onSpan: (id: string) => void;
  /** The attribute that the viewer was led to. */
  readonly sought: string;
  readonly onAttribute: (name: string) => void;
};

function content(id: string, facts: Facts): ReactNode {
  const { tree, node, moments, onSpan } = facts;
  const span = spanAt(tree.model, node);
  switch (id) {
    case "messages":
      return (
        <>
          <MessagesTab tree={tree} node={node} onSpan={onSpan} />
          {moments.length > 0 && (
            <section className={styles.section}>
              <h3>{momentsTitle(moments)} on this span</h3>
              <MomentList moments={moments.slice(0, 20)} />
            </section>
          )}
        </>
      );
    case "io":
      return <InputOutput span={span} />;
    case "documents":
      return <DocumentsTab span={span} />;
    case "tools":
      return <ToolsTab span={span} />;
    case "links":
      return <LinksTab span={span} />;
    case "attributes":
      return <AttributesTab span={span} sought={facts.sought} />;
    case "sources":
      return <SourcesTab project={facts.project} span={span} onAttribute={facts.onAttribute} />;
    case "logs":
      return <MomentList moments={moments} />;
    default:
      return <RawTab span={span} />;
  }
}
