/** Chooses the zone in which every time on every page is shown. */

import { changeSettings } from "../base/settings";
import { browserZone, formatZone, nowNanos, zoneNames } from "../base/time";
import { useSettings } from "./useSettings";
import styles from "./ZoneSelect.module.css";

export function ZoneSelect() {
  const { zone } = useSettings();
  const now = nowNanos();
  return (
    <label className={styles.field}>
      <span>Time zone</span>
      <select
        className={styles.select}
        value={zone}
        onChange={(event) => changeSettings({ zone: event.target.value })}
      >
        <option value="browser">This device ({formatZone(browserZone(), now)})</option>
        <option value="UTC">UTC</option>
        <optgroup label="All zones">
          {zoneNames().map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </optgroup>
      </select>
    </label>
  );
}
