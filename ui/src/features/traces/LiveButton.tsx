/** Tells whether the list listens for changes, and turns that on and off. */

import type { StreamState } from "../../api/stream";
import { Button } from "../../kit/Button";
import styles from "./LiveButton.module.css";

const WORDS: Record<StreamState, string> = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  off: "Paused",
};

type LiveButtonProps = { readonly state: StreamState; readonly onToggle: () => void };

export function LiveButton({ state, onToggle }: LiveButtonProps) {
  return (
    <Button
      aria-pressed={state !== "off"}
      title={state === "off" ? "Listen for new traces" : "Stop listening for new traces"}
      icon={<span className={styles.dot} data-state={state} aria-hidden="true" />}
      onClick={onToggle}
    >
      {WORDS[state]}
    </Button>
  );
}
