/**
 * The only place where a moment becomes text.
 *
 * Moments are nanoseconds since the epoch as bigint; the zone is chosen once by the viewer.
 */

const NANOS_PER_MS = 1_000_000n;

export type TimeStyle =
  /** `14:31:08` */
  | "clock"
  /** `14:31:08.104` */
  | "clock-millis"
  /** `Sat 21 Nov` */
  | "day"
  /** `21 Nov` */
  | "date"
  /** `21 Nov 14:31:08`, with the year when it is not the current one */
  | "full"
  /** `21 Nov 14:31:08.104`, likewise */
  | "full-millis"
  /** `2026-11-21T13:31:08.104233100Z`, always UTC with nanoseconds */
  | "iso";

/** The moment now. */
export function nowNanos(): bigint {
  return BigInt(Date.now()) * NANOS_PER_MS;
}

/** The browser's own zone name. */
export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** Whether a zone name is one the platform knows. */
export function zoneKnown(zone: string): boolean {
  try {
    Intl.DateTimeFormat("en-US", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** Every zone name the platform knows. */
export function zoneNames(): readonly string[] {
  return Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC");
}

/** Writes a moment in the viewer's zone. */
export function formatTime(nanos: bigint, zone: string, style: TimeStyle = "clock"): string {
  if (style === "iso") return isoNanos(nanos);
  const at = partsOf(nanos, zone);
  const clock = `${at.hour}:${at.minute}:${at.second}`;
  switch (style) {
    case "clock":
      return clock;
    case "clock-millis":
      return `${clock}.${millisOf(nanos)}`;
    case "day":
      return `${at.weekday} ${at.day} ${at.month}`;
    case "date":
      return `${at.day.padStart(2, "\u2007")} ${at.month}`;
    case "full":
    case "full-millis": {
      const year = at.year === partsOf(nowNanos(), zone).year ? "" : ` ${at.year}`;
      const fraction = style === "full" ? "" : `.${millisOf(nanos)}`;
      return `${at.day} ${at.month}${year} ${clock}${fraction}`;
    }
  }
}

/** The calendar day of a moment in a zone, as a sortable key: `2026-11-21`. */
export function dayKey(nanos: bigint, zone: string): string {
  const at = partsOf(nanos, zone);
  return `${at.year}-${at.monthNumber}-${at.day.padStart(2, "0")}`;
}

/** Writes how long ago a moment was: `just now`, `12 s ago`, `3 days ago`. */
export function formatAgo(nanos: bigint, now: bigint): string {
  const seconds = Number((now - nanos) / 1_000_000_000n);
  if (seconds < 0) return "in the future";
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86_400);
  return days === 1 ? "1 day ago" : `${days} days ago`;
}

/** Writes seconds as a running clock: `0:42`, `12:05`. */
export function formatElapsed(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${(whole % 60).toString().padStart(2, "0")}`;
}

/** Writes a zone with its offset at a moment: `Berlin +01:00`, `UTC`. */
export function formatZone(zone: string, nanos: bigint): string {
  if (zone === "UTC") return "UTC";
  const city = zone.split("/").at(-1)?.replaceAll("_", " ") ?? zone;
  return `${city} ${zoneOffset(zone, nanos)}`;
}

/** The offset of a zone from UTC at a moment: `+01:00`. */
export function zoneOffset(zone: string, nanos: bigint): string {
  const minutes = Math.round((wallMillis(nanos, zone) - millisFloor(nanos)) / 60_000);
  const size = Math.abs(minutes);
  const hours = Math.floor(size / 60);
  return `${minutes < 0 ? "−" : "+"}${pad(hours)}:${pad(size % 60)}`;
}

/** The first moment of the day a moment lies in; days of 23 and 25 hours are respected. */
export function startOfDay(nanos: bigint, zone: string): bigint {
  const at = partsOf(nanos, zone);
  return momentOfWall(zone, Number(at.year), Number(at.monthNumber), Number(at.day));
}

/** The first moment of the next day. */
export function startOfNextDay(nanos: bigint, zone: string): bigint {
  const at = partsOf(nanos, zone);
  return momentOfWall(zone, Number(at.year), Number(at.monthNumber), Number(at.day) + 1);
}

/** Reads `2026-11-21T14:30` as wall time of a zone; undefined when it is not of that shape. */
export function momentFromWall(text: string, zone: string): bigint | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?$/.exec(text.trim());
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match.map(Number);
  return momentOfWall(zone, year ?? 0, month ?? 1, day ?? 1, hour, minute, second || 0);
}

/** Writes a moment as the value a `datetime-local` input takes, in a zone. */
export function wallOf(nanos: bigint, zone: string): string {
  const at = partsOf(nanos, zone);
  return `${at.year}-${at.monthNumber}-${at.day.padStart(2, "0")}T${at.hour}:${at.minute}`;
}

/** Reads an ISO 8601 moment in UTC, with up to nine digits of fraction. */
export function momentFromIso(text: string): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?Z$/.exec(text);
  if (!match) return undefined;
  const millis = Date.parse(`${match[1]}Z`);
  if (Number.isNaN(millis)) return undefined;
  return BigInt(millis) * NANOS_PER_MS + BigInt((match[2] ?? "").padEnd(9, "0"));
}

type Parts = {
  readonly year: string;
  readonly month: string;
  readonly monthNumber: string;
  readonly day: string;
  readonly weekday: string;
  readonly hour: string;
  readonly minute: string;
  readonly second: string;
};

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formatters.set(zone, formatter);
  }
  return formatter;
}

function partsOf(nanos: bigint, zone: string): Parts {
  const found: Record<string, string> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(millisFloor(nanos))) {
    found[type] = value;
  }
  const monthNumber = found.month ?? "01";
  return {
    year: found.year ?? "",
    month: MONTHS[Number(monthNumber) - 1] ?? "",
    monthNumber,
    day: String(Number(found.day)),
    weekday: found.weekday ?? "",
    hour: found.hour ?? "",
    minute: found.minute ?? "",
    second: found.second ?? "",
  };
}

/** Milliseconds since the epoch, rounded down also before 1970. */
function millisFloor(nanos: bigint): number {
  const millis = nanos / NANOS_PER_MS;
  return Number(nanos < 0n && nanos % NANOS_PER_MS !== 0n ? millis - 1n : millis);
}

/** The wall clock of a zone at a moment, as if it were UTC milliseconds. */
function wallMillis(nanos: bigint, zone: string): number {
  const at = partsOf(nanos, zone);
  const seconds = Date.UTC(
    Number(at.year),
    Number(at.monthNumber) - 1,
    Number(at.day),
    Number(at.hour),
    Number(at.minute),
    Number(at.second),
  );
  return seconds + (((millisFloor(nanos) % 1000) + 1000) % 1000);
}

/** Finds the moment at which a zone's wall clock shows the given time. */
function momentOfWall(
  zone: string,
  year: number,
  month: number,
  day: number,
  hour = 0,
  minute = 0,
  second = 0,
): bigint {
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  const offsetAt = (millis: number) => {
    const nanos = BigInt(millis) * NANOS_PER_MS;
    return wallMillis(nanos, zone) - millis;
  };
  // Two offsets can apply around a change of clocks; the earlier moment that fits wins, and a
  // wall time that the change skips maps to the moment just after it.
  const early = wall - offsetAt(wall - 86_400_000);
  const late = wall - offsetAt(wall + 86_400_000);
  const fits = [early, late].filter((moment) => moment + offsetAt(moment) === wall);
  const moment = fits.length > 0 ? Math.min(...fits) : Math.max(early, late);
  return BigInt(moment) * NANOS_PER_MS;
}

function millisOf(nanos: bigint): string {
  const rest = ((millisFloor(nanos) % 1000) + 1000) % 1000;
  return rest.toString().padStart(3, "0");
}

function isoNanos(nanos: bigint): string {
  const seconds = new Date(Math.floor(millisFloor(nanos) / 1000) * 1000).toISOString().slice(0, 19);
  const fraction = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return `${seconds}.${fraction.toString().padStart(9, "0")}Z`;
}

function pad(value: number): string {
  return value.toString().padStart(2, "0");
}
