import { expect, test } from "vitest";
import {
  dayKey,
  formatAgo,
  formatElapsed,
  formatTime,
  formatZone,
  momentFromIso,
  momentFromWall,
  startOfDay,
  startOfNextDay,
  wallOf,
  zoneKnown,
  zoneOffset,
} from "../../src/base/time";

const BERLIN = "Europe/Berlin";
const HOUR = 3_600_000_000_000n;

function moment(iso: string): bigint {
  const found = momentFromIso(iso);
  if (found === undefined) throw new Error(`not a moment: ${iso}`);
  return found;
}

test("one moment reads differently in every zone and alike in ISO", () => {
  const at = moment("2026-11-21T13:31:08.1042331Z");
  expect(formatTime(at, BERLIN, "clock")).toBe("14:31:08");
  expect(formatTime(at, "UTC", "clock-millis")).toBe("13:31:08.104");
  expect(formatTime(at, "Asia/Kolkata", "clock")).toBe("19:01:08");
  expect(formatTime(at, BERLIN, "day")).toBe("Sat 21 Nov");
  expect(formatTime(at, BERLIN, "iso")).toBe("2026-11-21T13:31:08.104233100Z");
});

test("nanoseconds survive reading and writing", () => {
  const text = "2026-11-21T13:31:08.999999999Z";
  expect(formatTime(moment(text), "UTC", "iso")).toBe(text);
});

test("a moment before 1970 keeps its order and fraction", () => {
  expect(formatTime(-1n, "UTC", "iso")).toBe("1969-12-31T23:59:59.999999999Z");
  expect(formatTime(-1n, "UTC", "clock-millis")).toBe("23:59:59.999");
});

test.each([
  ["2026-03-29", 23n], // clocks go forward
  ["2026-06-15", 24n],
  ["2026-10-25", 25n], // clocks go back
])("the day %s in Berlin has %s hours", (day, hours) => {
  const noon = moment(`${day}T11:00:00Z`);
  const start = startOfDay(noon, BERLIN);
  const end = startOfNextDay(noon, BERLIN);
  expect((end - start) / HOUR).toBe(hours);
  expect(formatTime(start, BERLIN, "clock")).toBe("00:00:00");
  expect(dayKey(start, BERLIN)).toBe(day);
  expect(dayKey(end - 1n, BERLIN)).toBe(day);
});

test("the hour that the clocks repeat is its first passing", () => {
  expect(momentFromWall("2026-10-25T02:30", BERLIN)).toBe(moment("2026-10-25T00:30:00Z"));
});

test("the hour that the clocks skip maps to the moment after it", () => {
  expect(momentFromWall("2026-03-29T02:30", BERLIN)).toBe(moment("2026-03-29T01:30:00Z"));
});

test("wall time of a zone comes back as it was", () => {
  for (const zone of [BERLIN, "UTC", "America/St_Johns", "Pacific/Auckland"]) {
    const at = moment("2026-07-01T04:20:00Z");
    expect(momentFromWall(wallOf(at, zone), zone)).toBe(at);
  }
});

test("the offset follows the season", () => {
  expect(zoneOffset(BERLIN, moment("2026-01-10T00:00:00Z"))).toBe("+01:00");
  expect(zoneOffset(BERLIN, moment("2026-07-10T00:00:00Z"))).toBe("+02:00");
  expect(zoneOffset("America/St_Johns", moment("2026-01-10T00:00:00Z"))).toBe("−03:30");
  expect(formatZone(BERLIN, moment("2026-11-21T00:00:00Z"))).toBe("Berlin +01:00");
});

test.each<[bigint, string]>([
  [2n, "just now"],
  [12n, "12 s ago"],
  [125n, "2 min ago"],
  [7200n, "2 h ago"],
  [90_000n, "1 day ago"],
  [300_000n, "3 days ago"],
])("%s seconds ago reads %s", (seconds, text) => {
  const now = moment("2026-11-21T13:31:08Z");
  expect(formatAgo(now - seconds * 1_000_000_000n, now)).toBe(text);
});

test("a running clock has minutes and seconds", () => {
  expect(formatElapsed(42.9)).toBe("0:42");
  expect(formatElapsed(725)).toBe("12:05");
});

test("what is no moment and no zone is refused", () => {
  expect(momentFromIso("2026-11-21T13:31:08+01:00")).toBeUndefined();
  expect(momentFromIso("yesterday")).toBeUndefined();
  expect(momentFromWall("2026-11-21", BERLIN)).toBeUndefined();
  expect(zoneKnown("Europe/Atlantis")).toBe(false);
});
