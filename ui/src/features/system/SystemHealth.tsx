/** How the server is doing, in cards. */

import type { SystemStatus } from "../../api/types";
import { formatZone, nowNanos } from "../../base/time";
import { useZone } from "../../widgets/useSettings";
import { DamagedCard } from "./DamagedCard";
import { IngestCard } from "./IngestCard";
import { LedgerCard } from "./LedgerCard";
import { LimitsCard } from "./LimitsCard";
import { RefusedCard } from "./RefusedCard";
import { ServerCard } from "./ServerCard";
import { StateBanner } from "./StateBanner";
import { StorageCard } from "./StorageCard";
import styles from "./System.module.css";

type SystemHealthProps = {
  readonly status: SystemStatus;
  /** Whether the figures are older than they should be. */
  readonly stale: boolean;
};

export function SystemHealth({ status, stale }: SystemHealthProps) {
  const zone = useZone();
  return (
    <div className={stale ? styles.stale : styles.cards}>
      <StateBanner state={status.state} />
      <DamagedCard damaged={status.damaged} />
      <IngestCard ingest={status.ingest} />
      <LedgerCard counts={status.ledger.counts} zoneName={formatZone(zone, nowNanos())} />
      <StorageCard storage={status.storage} appends={status.appends} inFlight={status.in_flight} />
      <RefusedCard refused={status.refused} />
      <ServerCard status={status} />
      <LimitsCard limits={status.limits} />
    </div>
  );
}
