import { expect, test } from "vitest";
import {
  diskNearlyFull,
  formatRate,
  ledgerRows,
  limitText,
  refusalWords,
  shareText,
  sparkOf,
  stateWords,
} from "./facts";

const COUNTS = { received: 515, stored: 490, updated: 2, duplicate: 10, sampled_out: 0 };

test("the rows of the ledger add up to what was received, reasons stand under the rejected", () => {
  const rows = ledgerRows({ ...COUNTS, rejected: { no_trace_id: 3, too_deep: 10 } });
  const sum = rows.filter(({ inner }) => !inner).reduce((all, { count }) => all + count, 0);
  expect(sum).toBe(515);
  expect(rows.slice(-3).map(({ name, count, inner }) => [name, count, inner])).toEqual([
    ["Rejected", 13, false],
    ["Too deep", 10, true],
    ["No trace id", 3, true],
  ]);
  expect(
    ledgerRows({
      received: 0,
      stored: 0,
      updated: 0,
      duplicate: 0,
      sampled_out: 0,
      rejected: {},
    }).map(({ share }) => share),
  ).toEqual([0, 0, 0, 0, 0]);
});

test("a state says why and what to do", () => {
  expect(stateWords({ name: "accepting" }).look).toBe("ok");
  expect(stateWords({ name: "held_up", reason: "no space left on device" }).detail).toBe(
    "No space left on device. Senders are told to come again.",
  );
  expect(stateWords({ name: "stopped" })).toMatchObject({ look: "bad", title: "Stopped" });
});

test("a disk is nearly full by share or by bytes, and unknown where nobody tells", () => {
  const storage = {
    memory_rows: 0,
    memory_bytes: 0,
    wal_bytes: 0,
    segments: 0,
    segment_rows: 0,
    segment_bytes: 0,
  };
  const check = (free: number, total: number) =>
    diskNearlyFull({ ...storage, disk_free_bytes: free, disk_total_bytes: total });
  expect([check(50e9, 100e9), check(4e9, 100e9), check(1e9, 10e9)]).toEqual([false, true, true]);
  expect(diskNearlyFull(storage)).toBeUndefined();
});

test("bars of a young server stand at the right end", () => {
  expect(sparkOf([0, 5, 10], 60, 20)).toEqual([
    { x: 58, height: 10 },
    { x: 59, height: 20 },
  ]);
  expect(sparkOf([], 60, 20)).toEqual([]);
});

test("what is nearly all is not all", () => {
  expect([shareText(0.9992), shareText(1), shareText(0.0008)]).toEqual([
    "99\u2009%",
    "100\u2009%",
    "0.1\u2009%",
  ]);
});

test("numbers and reasons read as words", () => {
  expect([formatRate(0), formatRate(0.35), formatRate(12.4), formatRate(12_345)]).toEqual([
    "0",
    "0.3",
    "12",
    "12.3k",
  ]);
  expect(limitText({ name: "", value: 67_108_864, unit: "bytes", about: "" })).toBe("67.1 MB");
  expect([refusalWords("receivers_full"), refusalWords("something_new")]).toEqual([
    "Too much at once",
    "Something new",
  ]);
});
