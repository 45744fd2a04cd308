/** Questions to begin with, always at hand. */

import { Lightbulb } from "lucide-react";
import { Button } from "../../kit/Button";
import { Menu, MenuGroup, MenuItem } from "../../kit/Menu";
import { EXAMPLES } from "./examples";
import styles from "./QueryView.module.css";

export function ExamplesMenu({ onChoose }: { readonly onChoose: (sql: string) => void }) {
  const button = (
    <Button icon={<Lightbulb size={14} aria-hidden="true" />}>
      <span className={styles.word}>Examples</span>
    </Button>
  );
  return (
    <Menu button={button} placement="bottom-end">
      <MenuGroup label="Runs at once, in place of what is written">
        {EXAMPLES.map(({ asks, sql }) => (
          <MenuItem key={asks} onSelect={() => onChoose(sql)}>
            {asks}
          </MenuItem>
        ))}
      </MenuGroup>
    </Menu>
  );
}
