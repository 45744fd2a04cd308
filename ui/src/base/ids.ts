/** Trace and span ids: recognising and shortening them. */

/** Whether a text is a trace id: 32 lower-case hex digits, not all zero. */
export function traceIdValid(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text) && !/^0+$/.test(text);
}

/** Whether a text is a span id: 16 lower-case hex digits, not all zero. */
export function spanIdValid(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text) && !/^0+$/.test(text);
}

/** Shortens an id for display: `9a1c…7f02`. The full id belongs in a tooltip and the clipboard. */
export function shortId(id: string): string {
  return id.length > 12 ? `${id.slice(0, 4)}…${id.slice(-4)}` : id;
}
