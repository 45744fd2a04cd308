/** Says what goes with a saved view, and removes it. */

import { Button } from "../kit/Button";
import { Dialog } from "../kit/Dialog";
import styles from "./ViewsMenu.module.css";
import type { ViewedPage } from "./views";

type RemoveViewDialogProps = {
  readonly of: ViewedPage;
  readonly name: string;
  readonly open: boolean;
  /** Why the server did not do it. */
  readonly mistake?: string;
  readonly onClose: () => void;
  readonly onRemove: () => void;
};

export function RemoveViewDialog(props: RemoveViewDialogProps) {
  const { of, name, open, mistake, onClose, onRemove } = props;
  return (
    <Dialog title={`Remove ${name}`} open={open} onClose={onClose}>
      <div className={styles.form}>
        <p>The name goes for everybody in this project, {of.stays}</p>
        {mistake && (
          <p role="alert" className={styles.mistake}>
            {mistake}
          </p>
        )}
        <div className={styles.actions}>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="solid" onClick={onRemove}>
            Remove the {of.noun.toLowerCase()}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
