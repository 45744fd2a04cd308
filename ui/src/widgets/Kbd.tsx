/** A key cap. */

import { keyCap } from "../base/keys";
import styles from "./Kbd.module.css";

export function Kbd({ keys }: { readonly keys: string }) {
  return (
    <>
      {keys.split(" ").map((key) => (
        <kbd key={key} className={styles.key}>
          {keyCap(key)}
        </kbd>
      ))}
    </>
  );
}
