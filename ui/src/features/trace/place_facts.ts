/** What places a span among others, in the order in which people look for it: exchange, step, agent, run. */

import type { Span, SpanLabels } from "../../api/types";
import { jsonStart } from "./json_text";

export type PlaceFact = {
  readonly name: string;
  readonly value: string;
  /** Worth a word while the list is folded. */
  readonly leading: boolean;
};

const LABELS: readonly (readonly [keyof SpanLabels, string])[] = [
  ["step_path", "Step path"],
  ["service_tier", "Service tier"],
  ["processing", "Processing"],
  ["handoff_from", "Handed over by"],
  ["handoff_to", "Handed over to"],
  ["agent_id", "Agent id"],
  ["agent_version", "Agent version"],
  ["agent_run_id", "Agent run"],
  ["agent_parent_id", "Parent agent"],
  ["workflow_run_id", "Workflow run"],
  ["node_parent_id", "Parent node"],
  ["checkpoint_id", "Checkpoint"],
  ["framework", "Framework"],
  ["request_id", "Request id"],
  ["previous_response_id", "Previous response"],
  ["output_type", "Output type"],
  ["prompt_label", "Prompt label"],
  ["tool_type", "Tool type"],
  ["tool_description", "Tool description"],
  ["data_source", "Data source"],
  ["customer_id", "Customer"],
  ["experiment_id", "Experiment id"],
  ["experiment_name", "Experiment"],
  ["dataset_id", "Dataset"],
  ["dataset_item_id", "Dataset item"],
];

const LEADING: ReadonlySet<string> = new Set([
  "step_path",
  "service_tier",
  "processing",
  "handoff_to",
]);

const VALUE_CHARS_MAX = 500;

/** The facts that are known. */
export function placeFacts(span: Span): PlaceFact[] {
  const facts: PlaceFact[] = [];
  const add = (name: string, value: string | number | undefined, leading = false) => {
    if (value !== undefined) facts.push({ name, value: String(value), leading });
  };
  add("HTTP status", span.http_status, (span.http_status ?? 0) >= 400);
  for (const [name, value] of Object.entries(span.rate_limit ?? {})) {
    const text = typeof value === "string" ? value : jsonStart(value, VALUE_CHARS_MAX);
    add(
      name === "retries" ? "Retries" : `Limit: ${name.replaceAll("_", " ")}`,
      text,
      name === "retries",
    );
  }
  add("Workflow", span.workflow_name);
  add("Step", span.step_name);
  add("Step number", span.step_index);
  add("Attempt", span.attempt, true);
  for (const [field, name] of LABELS) add(name, span[field], LEADING.has(field));
  return facts;
}
