/** The border for the answers that explain a span: where its values come from, what it costs why. */

import { isObject, type Json } from "../base/json";
import { parseSpan } from "./parse";
import { count, list, object, oneOf, present, text, textOr, texts } from "./shape";
import type { BillLine, CostAccount, Explanation, PriceMatch, TraceChange } from "./types";

const COST_STATUSES = ["priced", "partial", "no_price", "none"] as const;

export function parseExplanation(value: unknown): Explanation {
  const answer = object(value, "explanation");
  return {
    span: parseSpan(answer.span),
    sources: list(answer.sources)
      .filter(isObject)
      .map((source) => ({
        field: text(source, "field"),
        place: text(source, "place"),
        dialect: textOr(source.dialect, ""),
        rank: count(source.rank),
        reading: typeof source.reading === "string" ? source.reading : undefined,
        passed_over: texts(source.passed_over),
      })),
    from_trace: list(answer.from_trace)
      .filter(isObject)
      .map((change) => ({ ...present(change), field: text(change, "field") }) as TraceChange),
    visibility_reason: textOr(answer.visibility_reason, ""),
    unread: texts(answer.unread),
    stored_mapping_version: count(answer.stored_mapping_version),
  };
}

export function parseCostAccount(value: unknown): CostAccount {
  const account = present(object(value, "cost"));
  const stored = present(object(account.stored, "stored"));
  return {
    ...account,
    start_unix_nanos: text(account, "start_unix_nanos"),
    match: isObject(account.match) ? parseMatch(account.match) : undefined,
    lines: list(account.lines).map(parseLine),
    cost_status: oneOf(account.cost_status, COST_STATUSES, "none"),
    choice: textOr(account.choice, ""),
    stored: {
      ...stored,
      cost_status: oneOf(stored.cost_status, COST_STATUSES, "none"),
      differs: stored.differs === true,
    },
    billing: textOr(account.billing, ""),
    billing_reason: textOr(account.billing_reason, ""),
    notes: texts(account.notes),
  } as CostAccount;
}

function parseMatch(value: Json): PriceMatch {
  const match = present(object(value, "match"));
  return {
    ...match,
    table: text(match, "table"),
    asked_model: textOr(match.asked_model, ""),
    model: text(match, "model"),
    how: textOr(match.how, ""),
  } as PriceMatch;
}

function parseLine(value: Json): BillLine {
  const line = present(object(value, "line of the bill"));
  return {
    ...line,
    unit: text(line, "unit"),
    count: count(line.count),
    unit_price_usd: text(line, "unit_price_usd"),
    per: count(line.per),
    cost_usd: text(line, "cost_usd"),
  } as BillLine;
}
