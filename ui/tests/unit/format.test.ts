import { expect, test } from "vitest";
import {
  formatBytes,
  formatCost,
  formatCount,
  formatCountExact,
  formatDuration,
  formatNumber,
  formatPercent,
  formatPlural,
  nanosFrom,
} from "../../src/base/format";

const MS = 1_000_000n;
const S = 1000n * MS;

test.each<[bigint | undefined, string]>([
  [undefined, "—"],
  [0n, "0 ms"],
  [850n, "850 ns"],
  [12_400n, "12 µs"],
  [999_600n, "1 ms"],
  [412n * MS, "412 ms"],
  [999n * MS + 600_000n, "1.0 s"],
  [4n * S + 200n * MS, "4.2 s"],
  [59n * S + 960n * MS, "1m 00s"],
  [505n * S, "8m 25s"],
  [7500n * S, "2h 05m"],
  [3_599n * S + 600n * MS, "1h 00m"],
  [25n * 3600n * S, "1d 01h"],
  [-4n * S, "−4.0 s"],
])("a duration of %s ns reads %s", (nanos, text) => {
  expect(formatDuration(nanos)).toBe(text);
});

test.each<[number | undefined, string]>([
  [undefined, "—"],
  [0, "0"],
  [450, "450"],
  [999, "999"],
  [1000, "1.0k"],
  [48_211, "48.2k"],
  [999_949, "999.9k"],
  [999_960, "1.0M"],
  [1_200_000, "1.2M"],
  [41_200_000_000, "41.2B"],
])("a count of %s reads %s", (count, text) => {
  expect(formatCount(count)).toBe(text);
});

test("an exact count keeps every digit", () => {
  expect(formatCountExact(12_345_678_901_234_567_890n)).toBe("12,345,678,901,234,567,890");
  expect(formatCountExact(999)).toBe("999");
});

test.each<[string | undefined, Parameters<typeof formatCost>[1], string]>([
  [undefined, "no_price", "no price"],
  ["0", "no_price", "no price"],
  [undefined, undefined, "—"],
  [undefined, "none", "—"],
  ["not money", "priced", "—"],
  ["0.171", "priced", "$0.171"],
  ["0.171", "partial", "≥ $0.171"],
  ["0.003412", "priced", "$0.00341"],
  ["0.00000012345", "priced", "$0.000000123"],
  ["0.03", "priced", "$0.0300"],
  ["0", "priced", "$0"],
  ["1.2345", "priced", "$1.23"],
  ["21.997", "priced", "$22.00"],
  ["214.30", "priced", "$214"],
  ["123456.5", "priced", "$123,457"],
  ["0.09999", "priced", "$0.1000"],
])("a cost of %s (%s) reads %s", (usd, status, text) => {
  expect(formatCost(usd, status)).toBe(text);
});

test("an unknown cost is never zero", () => {
  for (const status of ["no_price", "none", undefined] as const) {
    expect(formatCost(undefined, status)).not.toContain("0");
  }
});

test("a share has a thin space before the sign", () => {
  expect(formatPercent(0.031)).toBe("3.1\u2009%");
  expect(formatPercent(0.94)).toBe("94\u2009%");
  expect(formatPercent(undefined)).toBe("—");
});

test("sizes and plurals name their unit", () => {
  expect(formatBytes(1)).toBe("1 byte");
  expect(formatBytes(412)).toBe("412 bytes");
  expect(formatBytes(48_200)).toBe("48.2 kB");
  expect(formatPlural(1, "span")).toBe("1 span");
  expect(formatPlural(12_418, "trace")).toBe("12,418 traces");
});

test("only whole decimal texts are nanoseconds", () => {
  expect(nanosFrom("1763706668104233100")).toBe(1763706668104233100n);
  for (const text of [undefined, null, "", "1.5", "NaN", "0x10"]) {
    expect(nanosFrom(text)).toBeUndefined();
  }
});

test.each<[number | string, string]>([
  [0, "0"],
  [1204, "1,204"],
  [-1204, "−1,204"],
  ["1795239263519185133", "1,795,239,263,519,185,133"],
  ["12.000", "12"],
  ["41.305700000", "41.3057"],
  [0.0117810786, "0.0117811"],
  [-0.5, "−0.5"],
  [1234567.891, "1,234,568"],
  [999999.96, "1,000,000"],
  [1e-30, "1e-30"],
  ["123456789012345678901234.5", "123456789012345678901234.5"],
  ["NaN", "NaN"],
])("a number of a table, %s, reads %s", (number, text) => {
  expect(formatNumber(number)).toBe(text);
});
