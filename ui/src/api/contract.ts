/**
 * Holds `types.ts` to the server's own document: a field that the server does not have fails to
 * compile here. Nothing of this file is in the build.
 */

import type { SkeletonFields, SkeletonTexts } from "./parse_skeleton";
import type { components } from "./schema";
import type {
  About,
  BillLine,
  CostAccount,
  Explanation,
  LogRecord,
  Placeholder,
  PriceMatch,
  Project,
  ReceiverEvent,
  Span,
  SpanContent,
  SpanEvent,
  SpanLink,
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
  None<Unknown<Explanation, Schemas["ExplanationAnswer"]>>,
  None<Unknown<ValueSource, Schemas["SourceAnswer"]>>,
  None<Unknown<TraceChange, Schemas["FromTrace"]>>,
  None<Unknown<CostAccount, Schemas["CostAnswer"]>>,
  None<Unknown<CostAccount["stored"], Schemas["StoredCost"]>>,
  None<Unknown<PriceMatch, Schemas["MatchAnswer"]>>,
  None<Unknown<BillLine, Schemas["LineAnswer"]>>,
];
