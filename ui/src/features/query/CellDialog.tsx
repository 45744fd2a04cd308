/** A value in full: JSON on many lines, times and numbers every way they are told. */

import type { SqlColumn } from "../../api/parse_sql";
import type { Json } from "../../base/json";
import { Dialog } from "../../kit/Dialog";
import { CopyButton } from "../../widgets/CopyButton";
import styles from "./CellDialog.module.css";
import { cellOf, kindOf, plainText, wholeText } from "./cells";

type CellDialogProps = {
  readonly column?: SqlColumn;
  readonly value: Json | undefined;
  readonly zone: string;
  readonly onClose: () => void;
};

export function CellDialog({ column, value, zone, onClose }: CellDialogProps) {
  if (!column) return null;
  const cell = cellOf(value, column, zone, true);
  const told = kindOf(column.type) === "text" || cell.look !== "plain";
  return (
    <Dialog title={column.name} open onClose={onClose}>
      <div className={styles.about}>
        <span>{column.type}</span>
        <CopyButton text={plainText(value)} what={column.name} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key. */}
      <pre className={styles.text} tabIndex={0}>
        {told ? wholeText(value) || cell.title : cell.title}
      </pre>
    </Dialog>
  );
}
