/**
 * Keyboard shortcuts of the mounted parts of the page.
 *
 * One listener for the window; a part mounted later wins over an earlier one. Keys are off inside
 * inputs and open dialogs and menus, and can be turned off altogether (WCAG 2.1.4). Keys with
 * Command or Control work while text is typed too, where the table has them.
 */

import { useEffect, useRef, useSyncExternalStore } from "react";
import { actionFor, type KeyAction, opensChord } from "../base/keys";
import { settings } from "../base/settings";

export type KeyHandlers = { readonly [A in KeyAction]?: (event: KeyboardEvent) => void };

type Entry = { current: KeyHandlers };

const CHORD_MS = 1200;
const FLOATING = "[role=dialog], [role=menu], [role=listbox]";

let entries: readonly Entry[] = [];
let handled: readonly KeyAction[] = [];
let pending = "";
let pendingTimer: ReturnType<typeof setTimeout> | undefined;
const watchers = new Set<() => void>();

/** Handles actions of the key table while mounted. */
export function useKeys(handlers: KeyHandlers): void {
  const entry = useRef<KeyHandlers>(handlers);
  useEffect(() => {
    entry.current = handlers;
  });
  const names = Object.keys(handlers).join(",");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list of names tells when the sheet changes.
  useEffect(() => {
    const mine = entry as Entry;
    change([...entries, mine]);
    return () => change(entries.filter((other) => other !== mine));
  }, [names]);
}

/** The actions handled now, for the key sheet. */
export function useHandledKeys(): readonly KeyAction[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => handled,
  );
}

function change(next: readonly Entry[]): void {
  if (entries.length === 0 && next.length > 0) addEventListener("keydown", onKeyDown);
  if (next.length === 0) removeEventListener("keydown", onKeyDown);
  entries = next;
  handled = [...new Set(next.flatMap((entry) => Object.keys(entry.current) as KeyAction[]))];
  for (const watcher of watchers) watcher();
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey) return;
  if (event.ctrlKey || event.metaKey) {
    onModKey(event);
    return;
  }
  if (event.key === "Shift" || !settings().keysEnabled || elsewhere(event)) return;

  const chord = pending;
  setPending("");
  if (act(event, event.key, chord)) return;
  if (
    !chord &&
    entries.some(({ current }) => opensChord(event.key, Object.keys(current) as KeyAction[]))
  ) {
    setPending(event.key);
  }
}

function onModKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement | null;
  if (target?.closest?.(FLOATING)) return;
  act(event, `Mod+${event.key}`);
}

/** Does what the key means on the part mounted last that knows it; answers whether any does. */
function act(event: KeyboardEvent, key: string, chord = ""): boolean {
  for (const { current } of [...entries].reverse()) {
    const action = actionFor(key, Object.keys(current) as KeyAction[], chord);
    if (action) {
      event.preventDefault();
      current[action]?.(event);
      return true;
    }
  }
  return false;
}

function setPending(key: string): void {
  clearTimeout(pendingTimer);
  pending = key;
  if (key) pendingTimer = setTimeout(() => setPending(""), CHORD_MS);
}

/** Whether the key belongs to the element it was pressed in. */
function elsewhere(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  if (!target?.closest) return false;
  if (target.closest("input:not([type=checkbox]), textarea, select, [contenteditable=true]"))
    return true;
  if (target.closest(FLOATING)) return true;
  // A focused control keeps the keys it acts on itself.
  if (target.closest("[role=tab], [role=separator], [role=radio], input"))
    return event.key.length > 1;
  const presses = event.key === "Enter" || event.key === " ";
  return presses && target.closest("button, a, summary") !== null;
}
