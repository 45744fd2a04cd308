/** Words that appear on hover and focus; never the only place of a fact. */

import * as Ariakit from "@ariakit/react";
import type { ReactElement, ReactNode } from "react";
import styles from "./Button.module.css";

export function Tooltip({
  text,
  children,
}: {
  readonly text: ReactNode;
  readonly children: ReactElement;
}) {
  return (
    <Ariakit.TooltipProvider timeout={400}>
      <Ariakit.TooltipAnchor render={children} />
      <Ariakit.Tooltip className={styles.tooltip} gutter={6}>
        {text}
      </Ariakit.Tooltip>
    </Ariakit.TooltipProvider>
  );
}
