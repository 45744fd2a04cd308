/** The header: where this is, what it is called, how it ended, and its link. */

import { Link } from "@tanstack/react-router";
import { ChevronRight, CircleAlert, Copy, Link2, RotateCw } from "lucide-react";
import type { StreamState } from "../../api/stream";
import type { TraceSummary } from "../../api/types";
import { nanosFrom } from "../../base/format";
import { shortId } from "../../base/ids";
import { kindOf } from "../../base/kinds";
import { IconButton } from "../../kit/Button";
import { paths } from "../../paths";
import { AgoText } from "../../widgets/AgoText";
import { KindIcon } from "../../widgets/KindIcon";
import { PageHeader } from "../../widgets/PageHeader";
import { Ring, StatusIcon } from "../../widgets/StatusIcon";
import { copyAndSay } from "../../widgets/toast";
import { plainLine } from "./plain";
import styles from "./TraceView.module.css";

type TraceHeaderProps = {
  readonly project: string;
  readonly trace: TraceSummary;
  readonly rootType: string | undefined;
  readonly live: StreamState;
  readonly onCopyLink: () => void;
  readonly onRefresh: () => void;
};

export function TraceHeader(props: TraceHeaderProps) {
  const { project, trace, rootType, live, onCopyLink, onRefresh } = props;
  const title = (
    <>
      <Link {...paths.traces(project)} className={styles.crumb}>
        Traces
      </Link>
      <ChevronRight size={14} className={styles.crumbMark} aria-hidden="true" />
      <KindIcon kind={kindOf(rootType)} size={18} />
      <h1 className={styles.name} title={plainLine(trace.name, 500)}>
        {plainLine(trace.name) || "(no name)"}
      </h1>
      <button
        type="button"
        className={styles.id}
        title={`${trace.trace_id}\nCopies the full id`}
        onClick={() => copyAndSay(trace.trace_id, "the trace id")}
      >
        {shortId(trace.trace_id)}
        <Copy size={12} aria-hidden="true" />
      </button>
      <StatusChip trace={trace} />
    </>
  );
  return (
    <PageHeader title={title}>
      {trace.status === "running" && <LastSign trace={trace} />}
      {trace.status === "running" && <LiveChip live={live} />}
      <IconButton label="Refresh" icon={<RotateCw size={15} />} onClick={onRefresh} />
      <IconButton
        look="outline"
        label="Copy the link to this view (Y)"
        icon={<Link2 size={15} />}
        onClick={onCopyLink}
      />
    </PageHeader>
  );
}

function StatusChip({ trace }: { readonly trace: TraceSummary }) {
  if (trace.status === "running") return null;
  if (trace.status !== "error") {
    return (
      <span className={styles.okChip}>
        <StatusIcon status={trace.status} size={13} />
        {trace.status === "ok" ? "OK" : "No status"}
      </span>
    );
  }
  return (
    <span className={styles.errorChip}>
      <CircleAlert size={13} aria-hidden="true" />
      {plainLine(trace.error_type ?? "Error", 60)}
    </span>
  );
}

/** Whether a trace still runs nobody knows; when something of it was last seen is known. */
function LastSign({ trace }: { readonly trace: TraceSummary }) {
  const nanos = nanosFrom(trace.last_seen_unix_nanos);
  if (nanos === undefined) return null;
  return (
    <span className={styles.lastSign}>
      Running, last sign of life <AgoText nanos={nanos} />
    </span>
  );
}

const LIVE_WORDS: Record<StreamState, string> = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  off: "Running",
};

function LiveChip({ live }: { readonly live: StreamState }) {
  return (
    <span className={styles.liveChip} data-state={live} role="status">
      <Ring size={12} />
      {LIVE_WORDS[live]}
    </span>
  );
}
