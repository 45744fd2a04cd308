import { describe, expect, test } from "vitest";
import { parseCostAccount } from "../../api/parse_explain";
import {
  aligned,
  billingSentence,
  billRows,
  choiceSentence,
  hasParts,
  modelWords,
  otherNotes,
  reasonSentence,
  storedSentence,
  sumRows,
  tierWords,
} from "./bill";

const INPUT = {
  unit: "input_tokens",
  count: 300_000,
  unit_price_usd: "2.5",
  per: 1_000_000,
  cost_usd: "0.75",
  above_input_tokens: 200_000,
};
const SEARCHES = {
  unit: "web_searches",
  count: 2,
  unit_price_usd: "0.035",
  per: 1,
  cost_usd: "0.07",
};

const account = (fields: Readonly<Record<string, unknown>> = {}) =>
  parseCostAccount({
    start_unix_nanos: "1790000000000000000",
    lines: [],
    cost_status: "priced",
    choice: "computed; the sender reports no cost",
    stored: { cost_status: "priced", differs: false },
    billing: "leaf",
    billing_reason: "a call by itself: its cost enters the trace's sum",
    notes: [],
    ...fields,
  });

const bill = account({
  lines: [INPUT, SEARCHES],
  match: { table: "genai-prices 0.2", asked_model: "m", model: "m", how: "by name" },
  cost_computed_usd: "0.82",
  cost_reported_usd: "0.9",
  cost_reported_place: "attribute gen_ai.usage.cost",
  cost_usd: "0.9",
  cost_source: "reported",
});

/** As drawn: the padding is there to be seen as space. */
const seen = (text: string) => text.replaceAll("\u00a0", "_");

test("decimals keep every digit and their points stand below each other", () => {
  expect(aligned(["3", "0.15", "0.0000186"]).map(seen)).toEqual([
    "$3________",
    "$0.15_____",
    "$0.0000186",
  ]);
  expect(aligned(["1", "20"])).toEqual(["$1", "$20"]);
  expect(aligned([])).toEqual([]);
});

describe("a bill", () => {
  test("has a row a unit, with its price and what the price is for", () => {
    expect(
      billRows(bill).map((row) => ({ ...row, price: seen(row.price), cost: seen(row.cost) })),
    ).toMatchInlineSnapshot(`
        [
          {
            "cost": "$0.75",
            "count": "300,000",
            "note": "price above 200,000 input tokens",
            "per": "per million",
            "price": "$2.5__",
            "unit": "Input tokens",
          },
          {
            "cost": "$0.07",
            "count": "2",
            "note": undefined,
            "per": "each",
            "price": "$0.035",
            "unit": "Web searches",
          },
        ]
      `);
    expect(hasParts(bill)).toBe(false);
    expect(hasParts(account({ lines: [INPUT, { ...INPUT, unit: "cache_read_tokens" }] }))).toBe(
      true,
    );
  });

  test("shows what was reported beside what was computed, and which counts", () => {
    expect(
      sumRows(bill).map(({ name, cost, from, counts }) => [name, seen(cost), from, counts]),
    ).toEqual([
      ["Computed", "$0.82", "genai-prices 0.2", false],
      ["Reported", "$0.9_", "attribute gen_ai.usage.cost", true],
    ]);
    expect(sumRows(account())).toEqual([]);
  });
});

describe("sentences on a cost", () => {
  test("say why there is none or only a part", () => {
    const none = { cost_status: "no_price", cost_reason: "no table knows `m`" };
    expect(reasonSentence(account({ ...none, request_model: "m" }))).toBe(
      "No price: no table knows `m`. `clew prices set` adds one",
    );
    expect(reasonSentence(account({ ...none, cost_reason: "no model is known" }))).toBe(
      "No price: no model is known",
    );
    const part = account({ cost_status: "partial", cost_reason: "no price for 12 web_searches" });
    expect(reasonSentence(part)).toContain("at least");
    expect(reasonSentence(account())).toBeUndefined();
  });

  test("say what counts, whether it is billed, and what was stored", () => {
    expect(choiceSentence(account({ cost_usd: "0.1" }))).toBe(
      "$0.1 counts: computed; the sender reports no cost",
    );
    expect(choiceSentence(account({ choice: "nothing to price" }))).toBe("Nothing to price");
    expect(billingSentence(account({ billing: "none", billing_reason: "it is no call" }))).toBe(
      "Not in the trace's sum: it is no call",
    );
    expect(storedSentence(account())).toBeUndefined();
    const stored = { cost_status: "no_price", differs: true };
    expect(storedSentence(account({ stored }))).toContain("got no cost;");
  });

  test("leave out a note that repeats why the cost is billed elsewhere", () => {
    const notes = ["the same call is billed in trace ab", "cached tokens were added"];
    const billing_reason = "the same call is billed in trace `ab`";
    expect(otherNotes(account({ notes: [...notes, ...notes], billing_reason }))).toEqual([
      "cached tokens were added",
    ]);
  });

  test("name the model and the tier", () => {
    const asked = { request_model: "gpt-5", response_model: "gpt-5-2026", provider: "openai" };
    expect(modelWords(account(asked))).toBe("gpt-5-2026 of openai, asked as gpt-5");
    expect(modelWords(account())).toBe("unknown model");
    expect(tierWords(account({ service_tier: "flex", processing: "batch" }))).toBe("flex, batch");
  });
});

test("an account of another shape is refused by name", () => {
  expect(() => parseCostAccount({ start_unix_nanos: "1" })).toThrow("`stored`");
  expect(() => account({ lines: [{ ...INPUT, cost_usd: 0.75 }] })).toThrow("`cost_usd`");
});
