/** Where the viewer stood in each list, so that coming back from a trace finds the row again. */

const places = new Map<string, string>();

/** Reads the place in a list; with an id, remembers it. */
export function place(listName: string, traceId?: string): string | undefined {
  if (traceId) places.set(listName, traceId);
  return places.get(listName);
}
