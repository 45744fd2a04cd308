/** Navigation at left, the page at right. */

import type { ReactNode } from "react";
import { ToastRegion } from "../../widgets/toast";
import styles from "./Shell.module.css";

export function Shell({ children }: { readonly children: ReactNode }) {
  return (
    <div className={styles.shell}>
      <main className={styles.main}>{children}</main>
      <ToastRegion />
    </div>
  );
}
