/**
 * Turns durations, token counts, money and shares into the words the screen shows.
 *
 * Missing is "—", an unknown price is "no price"; neither is ever shown as zero.
 */

export const MISSING = "—";
const THIN_SPACE = "\u2009";

const NANOS_PER_MS = 1_000_000n;
const NANOS_PER_S = 1_000_000_000n;

/** Reads a decimal string of nanoseconds; anything else is unknown. */
export function nanosFrom(text: string | null | undefined): bigint | undefined {
  return text != null && /^-?\d+$/.test(text) ? BigInt(text) : undefined;
}

/** Writes a duration the short way: `412 ms`, `4.2 s`, `8m 25s`, `2h 05m`. */
export function formatDuration(nanos: bigint | undefined): string {
  if (nanos === undefined) return MISSING;
  if (nanos < 0n) return `−${formatDuration(-nanos)}`;
  if (nanos < NANOS_PER_MS) return subMillisecond(nanos);
  // Rounded before the unit is chosen, so that 999.6 ms reads "1.0 s" and not "1000 ms".
  const millis = (nanos + NANOS_PER_MS / 2n) / NANOS_PER_MS;
  if (millis < 1000n) return `${millis} ms`;
  const tenths = (nanos + NANOS_PER_S / 20n) / (NANOS_PER_S / 10n);
  if (tenths < 600n) return `${tenths / 10n}.${tenths % 10n} s`;
  return minutesAndMore((nanos + NANOS_PER_S / 2n) / NANOS_PER_S);
}

function subMillisecond(nanos: bigint): string {
  if (nanos === 0n) return "0 ms";
  if (nanos < 1000n) return `${nanos} ns`;
  const micros = (nanos + 500n) / 1000n;
  return micros < 1000n ? `${micros} µs` : "1 ms";
}

function minutesAndMore(seconds: bigint): string {
  if (seconds < 3600n) return `${seconds / 60n}m ${two(seconds % 60n)}s`;
  const minutes = (seconds + 30n) / 60n;
  if (minutes < 1440n) return `${minutes / 60n}h ${two(minutes % 60n)}m`;
  const hours = (minutes + 30n) / 60n;
  return `${hours / 24n}d ${two(hours % 24n)}h`;
}

function two(value: bigint): string {
  return value.toString().padStart(2, "0");
}

/** Writes a count the short way: `450`, `48.2k`, `1.2M`. */
export function formatCount(count: number | undefined): string {
  if (count === undefined || !Number.isFinite(count)) return MISSING;
  if (Math.abs(count) < 1000) return `${Math.round(count)}`;
  for (const [size, letter] of [
    [1e3, "k"],
    [1e6, "M"],
    [1e9, "B"],
  ] as const) {
    const scaled = Math.round(count / (size / 10)) / 10;
    if (Math.abs(scaled) < 1000) return `${scaled.toFixed(1)}${letter}`;
  }
  return `${Math.round(count / 1e9)}B`;
}

/** Writes every digit of a count, grouped: `48,211`. */
export function formatCountExact(count: number | bigint | undefined): string {
  if (count === undefined) return MISSING;
  return count.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

const NUMBER_DIGITS = 6;

/**
 * Writes a number of a table: of whole ones every digit, of others six significant ones: `1,204`,
 * `0.0117811`. Takes decimal strings too, which may be longer than a double; what is no number, or
 * too large or too small to be written out, stays as it is.
 */
export function formatNumber(value: number | string): string {
  const whole = wholeNumber(value);
  if (whole !== undefined) return signed(formatCountExact(whole));
  const number = Number(value);
  const size = Math.abs(number);
  if (value === "" || !(size >= 1e-12 && size < 1e21)) return String(value);
  const places = size >= 1 ? NUMBER_DIGITS - String(Math.trunc(size)).length : placesOf(size);
  const [units = "0", fraction = ""] = size.toFixed(Math.max(places, 0)).split(".");
  const rest = fraction.replace(/0+$/, "");
  const text = `${formatCountExact(BigInt(units))}${rest ? `.${rest}` : ""}`;
  return number < 0 ? signed(`-${text}`) : text;
}

function wholeNumber(value: number | string): bigint | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  const match = /^(-?\d+)(?:\.0+)?$/.exec(value);
  return match?.[1] === undefined ? undefined : BigInt(match[1]);
}

/** Places behind the point that show enough digits of a number below one. */
function placesOf(size: number): number {
  return Math.floor(-Math.log10(size)) + NUMBER_DIGITS;
}

function signed(text: string): string {
  return text.replace(/^-/, "−");
}

/** Whether a cost is known, known in part, unknown, or does not arise. */
export type CostStatus = "priced" | "partial" | "no_price" | "none";

export const NO_PRICE = "no price";

/** Writes a cost with its honesty mark: `$0.171`, `≥ $0.171`, `no price`, `—`. */
export function formatCost(usd: string | null | undefined, status?: CostStatus | null): string {
  if (status === "no_price") return NO_PRICE;
  if (usd == null || status === "none" || !/^\d+(\.\d+)?$/.test(usd)) return MISSING;
  return `${status === "partial" ? "≥ " : ""}$${threeDigits(usd)}`;
}

/** Rounds a decimal string to three significant digits, never in scientific notation. */
function threeDigits(decimal: string): string {
  const [whole = "0", fraction = ""] = decimal.split(".");
  const units = whole.replace(/^0+(?=\d)/, "");
  if (units.length >= 3) return formatCountExact(roundHalfUp(units, fraction, 0));
  if (units !== "0") return money(roundHalfUp(units, fraction, 2), 2);
  const zeros = /^0*/.exec(fraction)?.[0].length ?? 0;
  if (zeros === fraction.length) return "0";
  const digits = zeros + 3;
  return money(roundHalfUp("0", fraction, digits), digits);
}

/** Scales by 10^places and rounds half up. */
function roundHalfUp(whole: string, fraction: string, places: number): bigint {
  const padded = fraction.padEnd(places + 1, "0");
  const scaled = BigInt(whole + padded.slice(0, places));
  return padded.charCodeAt(places) >= "5".charCodeAt(0) ? scaled + 1n : scaled;
}

function money(scaled: bigint, places: number): string {
  const text = scaled.toString().padStart(places + 1, "0");
  return `${text.slice(0, -places)}.${text.slice(-places)}`;
}

/** Writes a share (0 to 1) as a percentage with a thin space: `3.1 %`. */
export function formatPercent(share: number | undefined): string {
  if (share === undefined || !Number.isFinite(share)) return MISSING;
  const percent = share * 100;
  const text = Math.abs(percent) >= 10 || percent === 0 ? percent.toFixed(0) : percent.toFixed(1);
  return `${text}${THIN_SPACE}%`;
}

/** Writes a size in bytes: `412 bytes`, `48.2 kB`, `1.2 MB`. */
export function formatBytes(bytes: number | undefined): string {
  if (bytes === undefined) return MISSING;
  if (bytes < 1000) return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  if (bytes < 999_950) return `${(bytes / 1000).toFixed(1)} kB`;
  if (bytes < 999_950_000) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Joins a count and its noun: `1 span`, `43 spans`. */
export function formatPlural(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCountExact(count)} ${count === 1 ? noun : plural}`;
}
