/** Rows as one would say them: "carrier_status, tool, 24 calls, 6 minutes 2 seconds, 2 errors". */

import { formatPlural } from "../../base/format";
import { kindOf } from "../../base/kinds";
import { at, durationOf, spanAt } from "./model";
import { plainLine } from "./plain";
import { BILLED_ELSEWHERE, MADE_FROM_LOG, titleOf } from "./preview";
import { gapParts, type Row } from "./rows";
import { type DisplayTree, idOfNode, placeholderOf } from "./tree";

export function spokenRow(tree: DisplayTree, row: Row): string {
  if (row.type === "gap") {
    const words = row.open ? "plumbing shown" : "hidden";
    return `${formatPlural(row.members.length, "span")} ${words}: ${gapParts(tree, row.members)}`;
  }
  if (row.type === "missing") {
    const name = placeholderOf(tree, row.node)?.name ?? idOfNode(tree, row.node);
    return `parent ${plainLine(name)}, not received`;
  }
  const span = spanAt(tree.model, row.node);
  const words = [plainLine(titleOf(span)), kindOf(span.obs_type)];
  if (row.type === "repetition") {
    words.push(formatPlural(row.members.length, "call"), spokenDuration(spread(tree, row.members)));
    const errors = row.members.filter((node) => spanAt(tree.model, node).status === "error").length;
    if (errors > 0) words.push(formatPlural(errors, "error"));
    return words.join(", ");
  }
  const duration = durationOf(tree.model, row.node);
  words.push(duration === undefined ? "running" : spokenDuration(duration));
  if (span.status === "error") words.push("failed");
  if (span.origin === "log") words.push(MADE_FROM_LOG);
  if (span.billed_in !== undefined) words.push(BILLED_ELSEWHERE);
  const inside = at(tree.sums.errors, row.node) - (span.status === "error" ? 1 : 0);
  if (row.open === false && inside > 0) words.push(`${formatPlural(inside, "error")} inside`);
  if (row.gap) words.push(`${formatPlural(row.gap.length, "hidden span")}`);
  return words.join(", ");
}

/** From the first start to the last end of some spans. */
export function spread(tree: DisplayTree, members: readonly number[]): number {
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  for (const member of members) {
    const start = at(tree.model.start, member);
    from = Math.min(from, start);
    to = Math.max(to, start + (durationOf(tree.model, member) ?? 0));
  }
  return Math.max(0, to - from);
}

/** A duration in whole words, the two largest units. */
export function spokenDuration(nanos: number): string {
  const millis = Math.round(nanos / 1e6);
  if (millis < 1000) return formatPlural(millis, "millisecond");
  if (millis < 60_000) return `${(millis / 1000).toFixed(1)} seconds`;
  const seconds = Math.round(millis / 1000);
  const units = [
    [Math.floor(seconds / 3600), "hour"],
    [Math.floor(seconds / 60) % 60, "minute"],
    [seconds % 60, "second"],
  ] as const;
  const words = units.flatMap(([count, unit]) => (count > 0 ? formatPlural(count, unit) : []));
  return words.slice(0, 2).join(" ");
}
