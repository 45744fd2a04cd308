/** Ids that requests give themselves, to be asked about while they are answered. */

/** No other page has it. */
const PAGE = Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) =>
  part.toString(36),
).join("");

/** Questions that keep their ids; a question may be long. */
const KEPT_MAX = 20;

const numbers = new Map<string, number>();
let last = 0;

/** The same for the same question, as long as it is among the last ones. */
export function requestIdOf(question: unknown): string {
  const text = JSON.stringify(question);
  const number = numbers.get(text) ?? ++last;
  numbers.delete(text);
  numbers.set(text, number);
  const [oldest] = numbers.keys();
  if (numbers.size > KEPT_MAX && oldest !== undefined) numbers.delete(oldest);
  return `${PAGE}-${number}`;
}
