/** What the receiver sees, step by step, while the first trace is awaited. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check as CheckIcon, TriangleAlert, X } from "lucide-react";
import { useEffect, useState } from "react";
import { queries } from "../../api/queries";
import { useReceiverStream } from "../../api/stream";
import type { About, ReceiverEvent } from "../../api/types";
import { formatElapsed, nowNanos } from "../../base/time";
import { Button, buttonClass } from "../../kit/Button";
import { paths } from "../../paths";
import { Ring } from "../../widgets/StatusIcon";
import { TimeText } from "../../widgets/TimeText";
import { WithCode } from "../../widgets/WithCode";
import styles from "./ConnectionCheck.module.css";
import { type CheckStep, checkOf, type StepState } from "./check";

const KEPT_EVENTS = 50;

type ConnectionCheckProps = {
  readonly project: string;
  readonly about?: About;
  readonly capture?: string;
  readonly onLeave: () => void;
};

export function ConnectionCheck({ project, about, capture, onLeave }: ConnectionCheckProps) {
  const [openedAt] = useState(nowNanos);
  const { events, stream } = useReceiverEvents();
  const check = checkOf({ about, events, project, openedAt, capture });
  return (
    <section className={styles.card} aria-labelledby="check-title">
      <header className={styles.header}>
        {check.traceId ? (
          <CheckIcon size={16} className={styles.done} aria-hidden="true" />
        ) : (
          <span className={styles.waiting}>
            <Ring size={16} />
          </span>
        )}
        <h3 id="check-title">
          {check.traceId ? "The first trace is here" : "Waiting for the first trace"}
        </h3>
        {!check.traceId && <Elapsed />}
      </header>
      {stream === "reconnecting" && (
        <p className={styles.trouble}>The connection to the server is lost. Trying again.</p>
      )}
      <ol aria-live="polite">
        {check.steps.map((step) => (
          <StepRow key={step.id} step={step} />
        ))}
      </ol>
      {check.otherProject && (
        <p className={styles.trouble}>
          Requests arrive for the project <code>{check.otherProject}</code>.{" "}
          <Link {...paths.traces(check.otherProject)}>Go there</Link>
        </p>
      )}
      {check.traceId && (
        <div className={styles.actions}>
          <Link {...paths.trace(project, check.traceId)} className={buttonClass("solid")}>
            Open the trace
          </Link>
          <Button onClick={onLeave}>Show all traces</Button>
        </div>
      )}
    </section>
  );
}

const ICONS: Record<StepState, React.ReactNode> = {
  done: <CheckIcon size={14} aria-label="Done" />,
  failed: <X size={14} aria-label="Failed" />,
  warned: <TriangleAlert size={14} aria-label="Needs attention" />,
  open: <Ring size={14} />,
};

function StepRow({ step }: { readonly step: CheckStep }) {
  return (
    <li className={styles.step} data-state={step.state}>
      <span className={styles.icon}>{ICONS[step.state]}</span>
      <div className={styles.words}>
        <p className={styles.title}>
          <WithCode text={step.title} />
        </p>
        {step.detail && (
          <p>
            <WithCode text={step.detail} />
          </p>
        )}
        {step.hint && (
          <p className={styles.hint}>
            <WithCode text={step.hint} />
          </p>
        )}
      </div>
      {step.time !== undefined && (
        <span className={styles.time}>
          <TimeText nanos={step.time} />
        </span>
      )}
    </li>
  );
}

/** The receiver's last requests, newest first, kept current by its stream. */
function useReceiverEvents() {
  const client = useQueryClient();
  const { data = NO_EVENTS } = useQuery(queries.receiver());
  const stream = useReceiverStream((event) => {
    client.setQueryData(queries.receiver().queryKey, (before: readonly ReceiverEvent[] = []) =>
      [event, ...before.filter(({ sequence }) => sequence !== event.sequence)].slice(
        0,
        KEPT_EVENTS,
      ),
    );
  });
  // What happened between the read and the opening of the stream would be missed.
  const live = stream === "live";
  useEffect(() => {
    if (live) client.invalidateQueries({ queryKey: queries.receiver().queryKey });
  }, [live, client]);
  return { events: data, stream };
}

const NO_EVENTS: readonly ReceiverEvent[] = [];

function Elapsed() {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return <span className={styles.time}>{formatElapsed(seconds)}</span>;
}
