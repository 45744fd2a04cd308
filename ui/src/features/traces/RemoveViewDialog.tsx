/** Says what goes with a saved view, and removes it. */

import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import styles from "./ViewsMenu.module.css";

type RemoveViewDialogProps = {
  readonly name: string;
  readonly open: boolean;
  /** Why the server did not do it. */
  readonly mistake?: string;
  readonly onClose: () => void;
  readonly onRemove: () => void;
};

export function RemoveViewDialog({
  name,
  open,
  mistake,
  onClose,
  onRemove,
}: RemoveViewDialogProps) {
  return (
    <Dialog title={`Remove ${name}`} open={open} onClose={onClose}>
      <div className={styles.form}>
        <p>The name goes for everybody in this project, the traces stay</p>
        {mistake && (
          <p role="alert" className={styles.mistake}>
            {mistake}
          </p>
        )}
        <div className={styles.actions}>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="solid" onClick={onRemove}>
            Remove the view
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
