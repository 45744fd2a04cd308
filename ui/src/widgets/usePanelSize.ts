/** The size of a resizable panel, remembered on this device. */

import { changeSettings, settings } from "../base/settings";
import { useSettings } from "./useSettings";

export function usePanelSize(name: string, initial: number): [number, (size: number) => void] {
  const size = useSettings().panels[name] ?? initial;
  const setSize = (next: number) =>
    changeSettings({ panels: { ...settings().panels, [name]: next } });
  return [size, setSize];
}
