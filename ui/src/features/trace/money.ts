/** Adds up costs without losing digits: decimal texts become integers of 10^-12 dollars. */

const PLACES = 12;

/** Reads a decimal text of dollars; undefined when it is not one. */
export function picoUsdFrom(decimal: string | undefined): bigint | undefined {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(decimal ?? "");
  if (!match) return undefined;
  return BigInt(`${match[1]}${(match[2] ?? "").slice(0, PLACES).padEnd(PLACES, "0")}`);
}

/** Writes 10^-12 dollars as a decimal text. */
export function usdOfPico(picoUsd: bigint): string {
  const digits = picoUsd.toString().padStart(PLACES + 1, "0");
  return `${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`;
}
