/** Ids that requests give themselves, to be asked about while they are answered. */

/** No other page has it. */
const PAGE = Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) =>
  part.toString(36),
).join("");

const numbers = new Map<string, number>();

/** The same for the same question. */
export function requestIdOf(question: unknown): string {
  const text = JSON.stringify(question);
  const number = numbers.get(text) ?? numbers.size + 1;
  numbers.set(text, number);
  return `${PAGE}-${number}`;
}
