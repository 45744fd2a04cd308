/** The viewer's settings, and the time zone that follows from them. */

import { useSyncExternalStore } from "react";
import { type Settings, settings, watchSettings, zoneOf } from "../base/settings";

export function useSettings(): Settings {
  return useSyncExternalStore(watchSettings, settings);
}

export function useZone(): string {
  return zoneOf(useSettings());
}
