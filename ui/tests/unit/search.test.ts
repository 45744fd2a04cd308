import { expect, test } from "vitest";
import { pinRange, rangeFromToken, tokenOfRange } from "../../src/base/range";
import {
  invalidTracesParams,
  searchFromText,
  textOfSearch,
  traceSearch,
  tracesSearch,
} from "../../src/base/search";

/** A small generator with a fixed seed: the same values on every run. */
function generator(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % below;
  };
}

test("any texts survive the way through a URL", () => {
  const next = generator(7);
  const letters = "aZ09 ~:,/&=?#%+äß漢🙂\"'<>\\";
  const characters = [...letters];
  for (let round = 0; round < 500; round += 1) {
    const search: Record<string, string> = {};
    for (let i = 0; i <= next(4); i += 1) {
      const length = 1 + next(12);
      const text = Array.from({ length }, () => characters[next(characters.length)]).join("");
      search[`p${i}`] = text;
    }
    expect(searchFromText(textOfSearch(search))).toEqual(search);
  }
});

test("a span id of digits stays a text", () => {
  const raw = searchFromText("?span=0123456789012345");
  expect(traceSearch(raw).span).toBe("0123456789012345");
});

test("ranges keep readable signs in the address", () => {
  const t = "2026-11-20T00:00:00Z~2026-11-21T00:00:00Z";
  expect(textOfSearch({ t, sort: "-duration" })).toBe(`?t=${t}&sort=-duration`);
});

test("every range comes back as it was", () => {
  for (const token of [
    "15m",
    "24h",
    "30d",
    "2026-11-20T00:00:00Z~2026-11-21T00:00:00Z",
    "2026-11-20T00:00:10Z~2026-11-21T00:00:00.000000001Z",
  ]) {
    const range = rangeFromToken(token);
    expect(range && tokenOfRange(range)).toBe(token);
  }
});

test("what is no range is refused", () => {
  for (const token of [
    "",
    "25h",
    "2026-11-21T00:00:00Z",
    "b~a",
    "2026-11-21T00:00:00Z~2026-11-20T00:00:00Z",
  ]) {
    expect(rangeFromToken(token)).toBeUndefined();
  }
});

test("a pinned rolling range ends now", () => {
  const now = 1_000_000_000_000_000_000n;
  expect(pinRange({ kind: "rolling", token: "1h" }, now)).toEqual({
    kind: "fixed",
    from: now - 3_600_000_000_000n,
    to: now,
  });
});

test("an invalid value is ignored and named, an unknown parameter left alone", () => {
  const raw = searchFromText("?t=soon&sort=-duration&other=1");
  expect(tracesSearch(raw)).toEqual({ t: undefined, sort: "-duration" });
  expect(invalidTracesParams(raw)).toEqual(["t"]);
});
