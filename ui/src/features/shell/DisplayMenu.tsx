/** How things are shown on this device: theme, time zone, single-letter keys. */

import { SunMoon } from "lucide-react";
import { changeSettings, type Theme } from "../../base/settings";
import { Popover } from "../../kit/Popover";
import { useSettings } from "../../widgets/useSettings";
import { ZoneSelect } from "../../widgets/ZoneSelect";
import styles from "./DisplayMenu.module.css";
import nav from "./SideNav.module.css";

const THEMES: readonly { readonly id: Theme; readonly label: string }[] = [
  { id: "light", label: "Light" },
  { id: "dark", label: "Dark" },
  { id: "system", label: "System" },
];

export function DisplayMenu({ collapsed }: { readonly collapsed: boolean }) {
  const { theme, keysEnabled } = useSettings();
  const button = (
    <button type="button" className={nav.item} aria-label="Display">
      <SunMoon size={16} aria-hidden="true" />
      {!collapsed && <span className={nav.label}>Display</span>}
    </button>
  );
  return (
    <Popover button={button} label="Display" placement="right-end">
      <div className={styles.panel}>
        <fieldset className={styles.themes}>
          <legend>Theme</legend>
          {THEMES.map(({ id, label }) => (
            <label key={id}>
              <input
                type="radio"
                name="theme"
                checked={theme === id}
                onChange={() => changeSettings({ theme: id })}
              />
              {label}
            </label>
          ))}
        </fieldset>
        <ZoneSelect />
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={keysEnabled}
            onChange={(event) => changeSettings({ keysEnabled: event.target.checked })}
          />
          Single-letter keys
        </label>
      </div>
    </Popover>
  );
}
