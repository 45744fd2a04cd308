/**
 * Makes text from outside safe to look at: signs that steer a terminal or turn the reading
 * direction are shown as what they are. Right-to-left script itself is left alone.
 */

/** Signs people know by a name; the rest is shown by number. Fonts seldom draw their pictures. */
const NAMES: Readonly<Record<string, string>> = {
  "\u0000": "NUL",
  "\u0007": "BEL",
  "\u0008": "BS",
  "\u001b": "ESC",
  "\u007f": "DEL",
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the signs to be shown.
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
const DIRECTIONS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]/g;

/** Shows control and direction signs; keeps tabs and line feeds. */
export function plain(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(CONTROLS, shown).replace(DIRECTIONS, shown);
}

function shown(sign: string): string {
  const number = sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return `⟦${NAMES[sign] ?? `U+${number}`}⟧`;
}

/** The same on one line, cut to a length. */
export function plainLine(text: string, charsMax = 200): string {
  return plain(text.slice(0, charsMax * 2))
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, charsMax);
}

/** The host of an address, or undefined when it is not one that a browser may open. */
export function hostOf(address: string): string | undefined {
  try {
    const url = new URL(address);
    return url.protocol === "http:" || url.protocol === "https:" ? url.host : undefined;
  } catch {
    return undefined;
  }
}
