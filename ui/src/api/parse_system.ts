/** The border for what the server says of itself. */

import { isObject, type Json, type JsonObject } from "../base/json";
import { parseAbout } from "./parse";
import { count, list, numbers, object, oneOf, present, text, textOr } from "./shape";
import type {
  LedgerCounts,
  LimitInForce,
  ProtocolCounts,
  RefusedRequests,
  SystemStatus,
} from "./types";

export function parseSystem(value: unknown): SystemStatus {
  const answer = object(value, "system");
  const state = present(object(answer.state, "state"));
  const ingest = object(answer.ingest, "ingest");
  const inFlight = object(answer.in_flight, "in_flight");
  const ledger = present(object(answer.ledger, "ledger"));
  return {
    now_unix_nanos: text(answer, "now_unix_nanos"),
    about: parseAbout(answer.about),
    uptime_nanos: text(answer, "uptime_nanos"),
    state: {
      name: oneOf(state.name, ["accepting", "held_up", "stopped"] as const, "stopped"),
      reason: typeof state.reason === "string" ? state.reason : undefined,
    },
    ingest: {
      records_per_second: count(ingest.records_per_second),
      bytes_per_second: count(ingest.bytes_per_second),
      seconds: count(ingest.seconds),
      records_by_second: list(ingest.records_by_second).map(count),
      protocols: objects(ingest.protocols).map(protocolFrom),
    },
    refused: objects(answer.refused).map(refusedFrom),
    in_flight: {
      requests: count(inFlight.requests),
      requests_max: count(inFlight.requests_max),
      bytes: count(inFlight.bytes),
      bytes_max: count(inFlight.bytes_max),
    },
    appends: appendsFrom(present(object(answer.appends, "appends"))),
    ledger: {
      from_unix_nanos:
        typeof ledger.from_unix_nanos === "string" ? ledger.from_unix_nanos : undefined,
      counts: ledgerFrom(object(ledger.counts, "counts")),
    },
    storage: storageFrom(object(answer.storage, "storage")),
    damaged: objects(answer.damaged).map((damage) => ({
      name: text(damage, "name"),
      reason: textOr(damage.reason, ""),
    })),
    limits: objects(answer.limits).map(limitFrom),
  };
}

function objects(value: Json | undefined): readonly JsonObject[] {
  return list(value).filter(isObject);
}

function protocolFrom(counts: JsonObject): ProtocolCounts {
  return {
    protocol: text(counts, "protocol"),
    requests_accepted: count(counts.requests_accepted),
    requests_refused: count(counts.requests_refused),
    records: count(counts.records),
    bytes: count(counts.bytes),
  };
}

function refusedFrom(refused: JsonObject): RefusedRequests {
  return {
    status: count(refused.status),
    reason: textOr(refused.reason, ""),
    requests: count(refused.requests),
    last_unix_nanos: text(refused, "last_unix_nanos"),
    last_detail: textOr(refused.last_detail, ""),
  };
}

function appendsFrom(appends: JsonObject): SystemStatus["appends"] {
  const nanos = (field: string) =>
    typeof appends[field] === "string" ? appends[field] : undefined;
  return {
    count: count(appends.count),
    p50_nanos: nanos("p50_nanos"),
    p95_nanos: nanos("p95_nanos"),
    longest_nanos: nanos("longest_nanos"),
  };
}

function ledgerFrom(counts: JsonObject): LedgerCounts {
  return {
    received: count(counts.received),
    stored: count(counts.stored),
    duplicate: count(counts.duplicate),
    updated: count(counts.updated),
    sampled_out: count(counts.sampled_out),
    rejected: numbers(counts.rejected),
  };
}

function storageFrom(storage: JsonObject): SystemStatus["storage"] {
  const told = (field: string) => (typeof storage[field] === "number" ? storage[field] : undefined);
  return {
    memory_rows: count(storage.memory_rows),
    memory_bytes: count(storage.memory_bytes),
    wal_bytes: count(storage.wal_bytes),
    segments: count(storage.segments),
    segment_rows: count(storage.segment_rows),
    segment_bytes: count(storage.segment_bytes),
    disk_free_bytes: told("disk_free_bytes"),
    disk_total_bytes: told("disk_total_bytes"),
  };
}

function limitFrom(limit: JsonObject): LimitInForce {
  return {
    name: text(limit, "name"),
    value: count(limit.value),
    unit: oneOf(limit.unit, ["bytes", "count", "seconds"] as const, "count"),
    about: textOr(limit.about, ""),
  };
}
