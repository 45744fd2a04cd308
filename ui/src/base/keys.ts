/**
 * The one table of keyboard shortcuts.
 *
 * A page lists the actions it handles; the `?` sheet shows the same rows. Keys are
 * `KeyboardEvent.key` values; `Shift+` is written out only for keys without a shifted sign, and
 * `Mod+` stands for Command on a Mac and Control elsewhere.
 */

export type KeyAction = keyof typeof KEYS;

export type KeyEntry = {
  /** Any of these triggers the action. */
  readonly keys: readonly string[];
  readonly label: string;
  readonly group: "Everywhere" | "Lists" | "Trace" | "Query";
};

const entry = (group: KeyEntry["group"], label: string, ...keys: readonly string[]): KeyEntry => ({
  group,
  label,
  keys,
});

export const KEYS = {
  help: entry("Everywhere", "Show the keys of this page", "?"),
  toggleNav: entry("Everywhere", "Collapse or open the navigation", "["),
  goTraces: entry("Everywhere", "Go to traces", "g t"),
  goQuery: entry("Everywhere", "Go to the query page", "g q"),
  goSystem: entry("Everywhere", "Go to system health", "g h"),
  pause: entry("Everywhere", "Pause or go on", "p"),
  copyId: entry("Everywhere", "Copy the id", "y"),
  copyLink: entry("Everywhere", "Copy the link", "Y"),
  close: entry("Everywhere", "Close the innermost thing", "Escape"),

  rowNext: entry("Lists", "Next row", "j", "ArrowDown"),
  rowPrevious: entry("Lists", "Previous row", "k", "ArrowUp"),
  rowFirst: entry("Lists", "First row", "Home"),
  rowLast: entry("Lists", "Last loaded row", "End"),
  rowOpen: entry("Lists", "Open", "Enter"),
  showNew: entry("Lists", "Show new rows", "n"),
  timeRange: entry("Lists", "Change the time range", "t"),
  filter: entry("Lists", "Edit the filter", "/"),
  views: entry("Lists", "Saved views", "v"),
  why: entry("Lists", "What is different here?", "w"),

  runQuery: entry("Query", "Run the query", "Mod+Enter"),
  editQuery: entry("Query", "Edit the query", "/"),
  tables: entry("Query", "Find a column", "f"),
  savedQueries: entry("Query", "Saved queries", "v"),
  cellNext: entry("Query", "Next column", "ArrowRight"),
  cellPrevious: entry("Query", "Previous column", "ArrowLeft"),
  cellCopy: entry("Query", "Copy the cell", "c"),
  chart: entry("Query", "Show or hide the chart", "h"),

  spanNext: entry("Trace", "Next visible row", "j", "ArrowDown"),
  spanPrevious: entry("Trace", "Previous visible row", "k", "ArrowUp"),
  spanOpen: entry("Trace", "Open, or go to the first child", "ArrowRight"),
  spanClose: entry("Trace", "Close, or go to the parent", "ArrowLeft"),
  spanFirst: entry("Trace", "First row", "Home"),
  spanLast: entry("Trace", "Last row", "End"),
  spanOpenSiblings: entry("Trace", "Open all siblings", "*"),
  spanParent: entry("Trace", "Go to the parent", "u"),
  tracePrevious: entry("Trace", "Previous trace of the list", "K"),
  traceNext: entry("Trace", "Next trace of the list", "J"),
  errorNext: entry("Trace", "Next error", "."),
  errorPrevious: entry("Trace", "Previous error", ","),
  noise: entry("Trace", "Show or hide plumbing", "n"),
  togglePanel: entry("Trace", "Show or hide the panel", "]"),
  zoomSpan: entry("Trace", "Zoom to the span", "z"),
  zoomAll: entry("Trace", "Show the whole trace", "0"),
  zoomIn: entry("Trace", "Zoom in", "+"),
  zoomOut: entry("Trace", "Zoom out", "-"),
  logs: entry("Trace", "Logs of the span", "l"),
  find: entry("Trace", "Find spans", "f"),
} as const satisfies Record<string, KeyEntry>;

function onMac(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.platform);
}

/** The sign shown on a key cap. */
export function keyCap(key: string): string {
  const signs: Record<string, string> = {
    ArrowDown: "↓",
    ArrowUp: "↑",
    ArrowLeft: "←",
    ArrowRight: "→",
    Enter: "↵",
    Escape: "esc",
    " ": "space",
  };
  if (key.startsWith("Mod+")) return `${onMac() ? "⌘" : "Ctrl "}${keyCap(key.slice(4))}`;
  if (/^[A-Z]$/.test(key)) return `⇧${key}`;
  return signs[key] ?? key;
}

/** The action a key press means among those a page handles; `pending` is the first key of a chord. */
export function actionFor(
  key: string,
  actions: readonly KeyAction[],
  pending = "",
): KeyAction | undefined {
  const pressed = pending ? `${pending} ${key}` : key;
  return actions.find((action) => (KEYS[action].keys as readonly string[]).includes(pressed));
}

/** Whether a key opens a chord of one of the actions. */
export function opensChord(key: string, actions: readonly KeyAction[]): boolean {
  return actions.some((action) => KEYS[action].keys.some((known) => known.startsWith(`${key} `)));
}
