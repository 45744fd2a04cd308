/** `/p/:project/traces/:traceId` */

import { useParams } from "@tanstack/react-router";
import { shortId } from "../base/ids";
import { PageHeader } from "../widgets/PageHeader";

export function TracePage() {
  const { traceId } = useParams({ from: "/p/$project/traces/$traceId" });
  return <PageHeader title={`Trace ${shortId(traceId)}`} />;
}
