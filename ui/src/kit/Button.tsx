/** A button, drawn solid, outlined, or bare. */

import * as Ariakit from "@ariakit/react";
import type { ComponentProps, ReactNode } from "react";
import styles from "./Button.module.css";

type Look = "solid" | "outline" | "bare";

export type ButtonProps = Omit<ComponentProps<typeof Ariakit.Button>, "ref"> & {
  readonly look?: Look;
  readonly icon?: ReactNode;
};

export function Button({ look = "outline", icon, children, className, ...rest }: ButtonProps) {
  return (
    <Ariakit.Button {...rest} className={buttonClass(look, className)}>
      {icon}
      {children}
    </Ariakit.Button>
  );
}

/** A button that shows an icon alone; its label is spoken and shown as a tooltip. */
export function IconButton({ label, icon, ...rest }: ButtonProps & { readonly label: string }) {
  return (
    <Ariakit.TooltipProvider timeout={400}>
      <Ariakit.TooltipAnchor
        render={
          <Button
            look="bare"
            {...rest}
            aria-label={label}
            className={`${styles.square} ${rest.className ?? ""}`}
          >
            {icon}
          </Button>
        }
      />
      <Ariakit.Tooltip className={styles.tooltip} gutter={6}>
        {label}
      </Ariakit.Tooltip>
    </Ariakit.TooltipProvider>
  );
}

/** The class of a button, for links that look like one. */
export function buttonClass(look: Look, more = ""): string {
  return `${styles.button} ${styles[look]} ${more}`;
}
