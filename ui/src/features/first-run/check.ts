/**
 * Reads the receiver's requests as the story of a first trace.
 *
 * Each step is told from what the receiver saw, so that a sender that is almost right learns what
 * is wrong with it.
 */

import type { About, ReceiverEvent } from "../../api/types";
import { formatBytes, nanosFrom } from "../../base/format";

export type StepState = "done" | "failed" | "warned" | "open";

export type CheckStep = {
  readonly id: "listening" | "arrived" | "rejected" | "stored" | "recognised";
  readonly state: StepState;
  readonly title: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly time?: bigint;
};

export type Check = {
  readonly steps: readonly CheckStep[];
  /** A trace to open, once one is stored. */
  readonly traceId?: string;
  /** Requests went to another project than the one looked at. */
  readonly otherProject?: string;
  readonly complete: boolean;
};

export type CheckInput = {
  readonly about?: Pick<About, "http" | "grpc">;
  /** Newest first. */
  readonly events: readonly ReceiverEvent[];
  readonly project: string;
  readonly openedAt: bigint;
  /** How the chosen sender is told to send messages. */
  readonly capture?: string;
};

export function checkOf({ about, events, project, openedAt, capture }: CheckInput): Check {
  const mine = events.filter((event) => event.project === undefined || event.project === project);
  const elsewhere = events.find(
    (event) =>
      event.project !== undefined && event.project !== project && timeOf(event) >= openedAt,
  );
  const accepted = mine.filter(
    (event) => event.outcome !== "rejected" && event.signal !== "metrics",
  );
  // Metrics alone would say that something arrived and hide that no span did.
  const newest = mine.find((event) => event.signal !== "metrics") ?? mine[0];
  const stored = accepted.find((event) => event.signal === "traces" && (event.stored ?? 0) > 0);
  const steps: CheckStep[] = [listening(about, openedAt), arrived(newest)];
  const refusal = newest && newest.outcome !== "accepted" ? newest : undefined;
  if (refusal && !(stored && refusal.outcome === "partial")) steps.push(rejected(refusal));
  steps.push(storedStep(stored), recognised(accepted, stored, capture));
  return {
    steps,
    traceId: accepted.find((event) => event.trace_id !== undefined)?.trace_id,
    otherProject: mine.length === 0 ? elsewhere?.project : undefined,
    complete: steps.every((step) => step.state === "done"),
  };
}

function listening(about: CheckInput["about"], openedAt: bigint): CheckStep {
  if (!about) return { id: "listening", state: "open", title: "Asking the server" };
  const grpc = about.grpc ? ` and \`${portOf(about.grpc)}\` (gRPC)` : "";
  return {
    id: "listening",
    state: "done",
    title: `Listening on \`${portOf(about.http)}\` (HTTP)${grpc}`,
    time: openedAt,
  };
}

function arrived(event: ReceiverEvent | undefined): CheckStep {
  if (!event) return { id: "arrived", state: "open", title: "A request arrives" };
  const encoding = event.encoding && event.encoding !== "none" ? event.encoding : undefined;
  const facts = [event.user_agent, event.protocol, encoding, formatBytes(event.bytes)];
  return {
    id: "arrived",
    state: "done",
    title: `A request arrived from \`${event.peer ?? "somewhere"}\``,
    detail: facts.filter(Boolean).join(" · "),
    time: timeOf(event),
  };
}

function rejected(event: ReceiverEvent): CheckStep {
  const verb = event.outcome === "partial" ? "Rejected in part" : "Rejected";
  const status = event.status >= 400 ? `: ${event.status}` : "";
  const reason = event.reason ?? "no reason was given";
  const target = event.path && !reason.includes(event.path) ? `\`${event.path}\`: ` : "";
  return {
    id: "rejected",
    state: "failed",
    title: `${verb}${status}`,
    detail: `${target}${reason}`,
    hint: event.hint,
    time: timeOf(event),
  };
}

function storedStep(event: ReceiverEvent | undefined): CheckStep {
  if (!event) return { id: "stored", state: "open", title: "First span stored" };
  return { id: "stored", state: "done", title: "First span stored", time: timeOf(event) };
}

function recognised(
  accepted: readonly ReceiverEvent[],
  stored: ReceiverEvent | undefined,
  capture: string | undefined,
): CheckStep {
  const title = "Model, tokens and messages recognized";
  const withContent = accepted.find((event) => event.llm_calls > 0 && event.content);
  if (withContent) return { id: "recognised", state: "done", title, time: timeOf(withContent) };
  if (!stored) return { id: "recognised", state: "open", title };
  const setting = capture ? `Set \`${capture}\` and run again.` : undefined;
  if (accepted.some((event) => event.llm_calls > 0)) {
    return {
      id: "recognised",
      state: "warned",
      title: "Model calls arrive without messages",
      detail: "The sender leaves out what was said.",
      hint: setting ?? "Turn on message capture in the instrumentation.",
    };
  }
  return {
    id: "recognised",
    state: "warned",
    title: "Spans arrive but carry no model calls",
    detail: "The instrumentation of the model library is not installed or not loaded.",
    hint: setting ?? "Check that its package is installed where the program runs.",
  };
}

function timeOf(event: ReceiverEvent): bigint {
  return nanosFrom(event.time_unix_nanos) ?? 0n;
}

function portOf(address: string): string {
  return `:${/:(\d+)\/?$/.exec(address)?.[1] ?? "80"}`;
}
