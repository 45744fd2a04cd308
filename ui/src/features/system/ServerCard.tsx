/** What this server is, since when, and where. */

import type { SystemStatus } from "../../api/types";
import { formatDuration, nanosFrom } from "../../base/format";
import { CopyButton } from "../../widgets/CopyButton";
import { TimeText } from "../../widgets/TimeText";
import { Card } from "./Card";
import { FactList } from "./FactList";
import styles from "./System.module.css";

export function ServerCard({ status }: { readonly status: SystemStatus }) {
  const { about, uptime_nanos: uptime } = status;
  return (
    <Card title="Server">
      <FactList
        rows={[
          ["Version", `clew ${about.version}`],
          ["Up for", formatDuration(nanosFrom(uptime))],
          [
            "Started",
            <TimeText
              key="started"
              nanos={nanosFrom(about.started_unix_nanos) ?? 0n}
              style="full"
            />,
          ],
          ["OTLP/HTTP", <Place key="http" text={about.http} what="the address for HTTP" />],
          ["OTLP/gRPC", <Place key="grpc" text={about.grpc} what="the address for gRPC" />],
          ["Data", <Place key="data" text={about.data_dir ?? ""} what="the data directory" />],
        ]}
      />
    </Card>
  );
}

function Place({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <span className={styles.place}>
      <code>{text}</code>
      <CopyButton text={text} what={what} />
    </span>
  );
}
