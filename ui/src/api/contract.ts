/**
 * Holds `types.ts` to the server's own document: a field that the server does not have fails to
 * compile here. Nothing of this file is in the build.
 */

import type { SkeletonFields, SkeletonTexts } from "./parse_skeleton";
import type { SqlAnswer, SqlColumn, SqlCost, SqlTable, SqlTableColumn } from "./parse_sql";
import type { components } from "./schema";
import type {
  About,
  BillLine,
  CostAccount,
  Explanation,
  LedgerCounts,
  LimitInForce,
  LogRecord,
  Placeholder,
  PriceMatch,
  Project,
  ProtocolCounts,
  ReceiverEvent,
  RefusedRequests,
  Span,
  SpanContent,
  SpanEvent,
  SpanLink,
  SystemStatus,
  TraceChange,
  TraceDetail,
  TraceSummary,
  ValueSource,
} from "./types";

type Schemas = components["schemas"];

/** Accepts only the empty set of names. */
type None<Names extends never> = Names;

/** Fields of ours that the server's answer does not have. */
type Unknown<Ours, Theirs> = Exclude<keyof Ours, keyof Theirs>;

export type Contract = [
  None<Unknown<About, Schemas["About"]>>,
  None<Unknown<Project, Schemas["ProjectAnswer"]>>,
  None<Unknown<TraceSummary, Schemas["TraceSummaryAnswer"]>>,
  None<Unknown<TraceDetail, Schemas["TraceAnswer"]>>,
  None<Unknown<Placeholder, Schemas["PlaceholderAnswer"]>>,
  None<Unknown<Span, Schemas["SpanAnswer"]>>,
  None<Unknown<SpanContent, Schemas["SpanContentAnswer"]>>,
  None<Unknown<SkeletonFields, Schemas["SkeletonAnswer"]>>,
  None<Unknown<SkeletonTexts, Schemas["TextColumns"]>>,
  None<Unknown<SpanEvent, Schemas["EventAnswer"]>>,
  None<Unknown<SpanLink, Schemas["LinkAnswer"]>>,
  None<Unknown<LogRecord, Schemas["LogAnswer"]>>,
  None<Unknown<ReceiverEvent, Schemas["ReceiverEvent"]>>,
  None<Unknown<SystemStatus, Schemas["SystemAnswer"]>>,
  None<Unknown<SystemStatus["state"], Schemas["StateAnswer"]>>,
  None<Unknown<SystemStatus["ingest"], Schemas["IngestAnswer"]>>,
  None<Unknown<SystemStatus["in_flight"], Schemas["InFlightAnswer"]>>,
  None<Unknown<SystemStatus["appends"], Schemas["AppendsAnswer"]>>,
  None<Unknown<SystemStatus["ledger"], Schemas["SystemLedger"]>>,
  None<Unknown<SystemStatus["storage"], Schemas["StorageAnswer"]>>,
  None<Unknown<SystemStatus["damaged"][number], Schemas["DamageAnswer"]>>,
  None<Unknown<LedgerCounts, Schemas["LedgerAnswer"]>>,
  None<Unknown<ProtocolCounts, Schemas["ProtocolAnswer"]>>,
  None<Unknown<RefusedRequests, Schemas["RefusedAnswer"]>>,
  None<Unknown<LimitInForce, Schemas["LimitAnswer"]>>,
  None<Unknown<Explanation, Schemas["ExplanationAnswer"]>>,
  None<Unknown<ValueSource, Schemas["SourceAnswer"]>>,
  None<Unknown<TraceChange, Schemas["FromTrace"]>>,
  None<Unknown<CostAccount, Schemas["CostAnswer"]>>,
  None<Unknown<CostAccount["stored"], Schemas["StoredCost"]>>,
  None<Unknown<PriceMatch, Schemas["MatchAnswer"]>>,
  None<Unknown<BillLine, Schemas["LineAnswer"]>>,
  None<Unknown<SqlAnswer, Schemas["SqlRows"]>>,
  None<Unknown<SqlColumn, Schemas["AnswerColumn"]>>,
  None<Unknown<SqlCost, Schemas["QuestionCost"]>>,
  None<Unknown<SqlTable, Schemas["SqlTable"]>>,
  None<Unknown<SqlTableColumn, Schemas["SqlColumn"]>>,
];
