/** `/system`: how the server is doing, kept up to date while it is looked at. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ClipboardCopy, Pause, Play } from "lucide-react";
import { useEffect, useState } from "react";
import { queries } from "../api/queries";
import { nowNanos, startOfDay } from "../base/time";
import { diagnosticsOf } from "../features/system/facts";
import styles from "../features/system/System.module.css";
import { SystemHealth } from "../features/system/SystemHealth";
import { Button } from "../kit/Button";
import { ErrorPanel } from "../widgets/ErrorPanel";
import { PageHeader } from "../widgets/PageHeader";
import { TimeText } from "../widgets/TimeText";
import { copyAndSay } from "../widgets/toast";
import { useKeys } from "../widgets/useKeys";
import { useZone } from "../widgets/useSettings";
import { Waiting } from "../widgets/Waiting";

/** Often enough to see a rate move; a page nobody looks at asks for nothing. */
const REFRESH_MS = 2000;

export function SystemPage() {
  const zone = useZone();
  const [paused, setPaused] = useState(false);
  const found = useQuery({
    ...queries.system(startOfDay(nowNanos(), zone)),
    refetchInterval: paused ? false : REFRESH_MS,
    placeholderData: keepPreviousData,
    // A page that asks again by itself need not insist; it says at once that nobody answers.
    retry: false,
  });
  useKeys({ pause: () => setPaused(!paused) });
  useTitle();
  const status = found.data;
  const asOf = BigInt(found.dataUpdatedAt) * 1_000_000n;
  return (
    <>
      <PageHeader title="System health">
        {status && (
          <>
            <span className={styles.asOf}>
              {paused ? "Paused at " : "As of "}
              <TimeText nanos={asOf} />
            </span>
            <Button
              icon={paused ? <Play size={14} /> : <Pause size={14} />}
              onClick={() => setPaused(!paused)}
            >
              {paused ? "Go on" : "Pause"}
            </Button>
            <Button
              icon={<ClipboardCopy size={14} />}
              onClick={() => copyAndSay(diagnosticsOf(status), "the diagnostics")}
            >
              Copy diagnostics
            </Button>
          </>
        )}
      </PageHeader>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key. */}
      <div className={styles.scroller} tabIndex={0} role="region" aria-label="Health of the server">
        {status && found.error && (
          <p className={styles.lost} role="alert">
            The server does not answer. What is shown is of <TimeText nanos={asOf} />; asking again
            every 2 s.
          </p>
        )}
        {status && <SystemHealth status={status} stale={found.error !== null} />}
        {!status && found.error && (
          <ErrorPanel
            error={found.error}
            doing="ask the server how it is doing"
            onRetry={() => found.refetch()}
          />
        )}
        {!status && !found.error && <Waiting what="the figures" skeleton={<Skeleton />} />}
      </div>
    </>
  );
}

function Skeleton() {
  return (
    <div className={`${styles.cards} ${styles.skeleton}`} aria-hidden="true">
      <div />
      <div />
      <div />
    </div>
  );
}

function useTitle(): void {
  useEffect(() => {
    const before = document.title;
    document.title = "System health · clew";
    return () => {
      document.title = before;
    };
  }, []);
}
