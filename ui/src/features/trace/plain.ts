/**
 * Makes text from outside safe to look at: signs that steer a terminal or turn the reading
 * direction are shown as what they are. Right-to-left script itself is left alone.
 */

const BELL_TO_PICTURES = 0x2400;
const DELETE_PICTURE = "\u2421";

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the signs to be shown.
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
const DIRECTIONS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]/g;

/** Shows control and direction signs; keeps tabs and line feeds. */
export function plain(text: string): string {
  return text
    .replace(/\r\n/g, "\n")
    .replace(CONTROLS, (sign) =>
      sign === "\u007f"
        ? DELETE_PICTURE
        : String.fromCharCode(BELL_TO_PICTURES + sign.charCodeAt(0)),
    )
    .replace(
      DIRECTIONS,
      (sign) => `⟦U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟧`,
    );
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
