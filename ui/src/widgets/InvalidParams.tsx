/** Says which parts of the address were ignored; can be put away. */

import { X } from "lucide-react";
import { useState } from "react";
import { IconButton } from "../kit/Button";
import styles from "./InvalidParams.module.css";

export function InvalidParams({ names }: { readonly names: readonly string[] }) {
  const [putAway, setPutAway] = useState("");
  const text = names.join(", ");
  if (!text || text === putAway) return null;
  return (
    <div role="status" className={styles.line}>
      <span>
        Ignored in the address, because the value cannot be used: <code>{text}</code>
      </span>
      <IconButton label="Dismiss" icon={<X size={14} />} onClick={() => setPutAway(text)} />
    </div>
  );
}
