/** Short words about what just happened, in the page's one polite live region. */

import { useSyncExternalStore } from "react";
import { copyText } from "./clipboard";
import styles from "./toast.module.css";

const SHOWN_MS = 4000;

let message = "";
let timer: ReturnType<typeof setTimeout> | undefined;
const watchers = new Set<() => void>();

/** Shows a message for a moment and has it spoken. */
export function say(text: string): void {
  clearTimeout(timer);
  set(text);
  timer = setTimeout(() => set(""), SHOWN_MS);
}

/** Copies and says so. */
export async function copyAndSay(text: string, what: string): Promise<void> {
  say((await copyText(text)) ? `Copied ${what}` : `Could not copy ${what}`);
}

/** The live region; mounted once by the shell. */
export function ToastRegion() {
  const text = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => message,
  );
  return (
    <div role="status" aria-live="polite" className={styles.region}>
      {text && <div className={styles.toast}>{text}</div>}
    </div>
  );
}

function set(text: string): void {
  message = text;
  for (const watcher of watchers) watcher();
}
