/** What the viewer chose on this device: theme, time zone, the state of the navigation. */

import { browserZone, zoneKnown } from "./time";

export type Theme = "light" | "dark" | "system";

export type Settings = {
  readonly theme: Theme;
  /** `browser` follows the device; else an IANA name or `UTC`. */
  readonly zone: string;
  readonly navCollapsed: boolean;
  readonly keysEnabled: boolean;
  readonly lastProject: string;
  /** Sizes of resizable panels by name, in pixels. */
  readonly panels: Readonly<Record<string, number>>;
};

const DEFAULTS: Settings = {
  theme: "system",
  zone: "browser",
  navCollapsed: false,
  keysEnabled: true,
  lastProject: "default",
  panels: {},
};

// `theme.js` reads the same key before the first paint.
const STORAGE_KEY = "clew.settings";

let current: Settings | undefined;
const watchers = new Set<() => void>();

export function settings(): Settings {
  current ??= load();
  return current;
}

export function changeSettings(change: Partial<Settings>): void {
  current = { ...settings(), ...change };
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(current));
  } catch {
    // A full or forbidden storage costs the memory of the choice, not the choice.
  }
  for (const watcher of watchers) watcher();
}

export function watchSettings(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** The zone every time is shown in. */
export function zoneOf({ zone }: Settings): string {
  return zone !== "browser" && zoneKnown(zone) ? zone : browserZone();
}

function load(): Settings {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "{}");
    return { ...DEFAULTS, ...(stored as Partial<Settings>) };
  } catch {
    return DEFAULTS;
  }
}
