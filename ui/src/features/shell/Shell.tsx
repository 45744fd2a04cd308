/** Navigation at left, the page at right; theme, global keys, and the live region. */

import { useNavigate, useParams } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import { changeSettings, type Theme } from "../../base/settings";
import { paths } from "../../paths";
import { ToastRegion } from "../../widgets/toast";
import { useKeys } from "../../widgets/useKeys";
import { useSettings } from "../../widgets/useSettings";
import { KeySheet } from "./KeySheet";
import styles from "./Shell.module.css";
import { SideNav } from "./SideNav";

export function Shell({ children }: { readonly children: ReactNode }) {
  const { navCollapsed: collapsedByChoice, theme } = useSettings();
  const narrow = useNarrow();
  const navCollapsed = collapsedByChoice || narrow;
  const project = useProject();
  const navigate = useNavigate();
  const [keysShown, setKeysShown] = useState(false);
  useTheme(theme);
  useKeys({
    help: () => setKeysShown(true),
    toggleNav: () => changeSettings({ navCollapsed: !collapsedByChoice }),
    goTraces: () => navigate(paths.traces(project)),
    goQuery: () => navigate(paths.query(project)),
    goSystem: () => navigate(paths.system()),
  });
  return (
    <div className={styles.shell}>
      <SideNav project={project} collapsed={navCollapsed} onShowKeys={() => setKeysShown(true)} />
      <main className={styles.main}>
        <OfflineBar />
        {children}
      </main>
      <KeySheet open={keysShown} onClose={() => setKeysShown(false)} />
      <ToastRegion />
    </div>
  );
}

/** The project of the address, else the one visited last. */
function useProject(): string {
  const { project } = useParams({ strict: false });
  const { lastProject } = useSettings();
  useEffect(() => {
    if (project && project !== lastProject) changeSettings({ lastProject: project });
  }, [project, lastProject]);
  return project ?? lastProject;
}

/** Below this width the navigation would take the page's room. */
const NARROW = "(max-width: 720px)";

function useNarrow(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      const query = matchMedia(NARROW);
      query.addEventListener("change", watcher);
      return () => query.removeEventListener("change", watcher);
    },
    () => matchMedia(NARROW).matches,
  );
}

/** Keeps `data-theme` equal to the choice; `theme.js` has set it before the first paint. */
function useTheme(theme: Theme): void {
  useEffect(() => {
    const system = matchMedia("(prefers-color-scheme: dark)");
    const apply = () => {
      const dark = theme === "dark" || (theme === "system" && system.matches);
      document.documentElement.dataset.theme = dark ? "dark" : "light";
    };
    apply();
    system.addEventListener("change", apply);
    return () => system.removeEventListener("change", apply);
  }, [theme]);
}

function OfflineBar() {
  const online = useSyncExternalStore(
    (watcher) => {
      addEventListener("online", watcher);
      addEventListener("offline", watcher);
      return () => {
        removeEventListener("online", watcher);
        removeEventListener("offline", watcher);
      };
    },
    () => navigator.onLine,
  );
  if (online) return null;
  return (
    <div className={styles.offline}>This device is offline. What is loaded stays readable.</div>
  );
}
