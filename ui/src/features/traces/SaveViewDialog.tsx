/** Asks for the name under which the list is saved. */

import { useState } from "react";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import styles from "./ViewsMenu.module.css";

/** The server takes no longer ones. */
const NAME_CHARS_MAX = 100;

type SaveViewDialogProps = {
  readonly open: boolean;
  /** Why the server did not take it. */
  readonly mistake?: string;
  readonly onClose: () => void;
  readonly onSave: (name: string) => void;
};

export function SaveViewDialog({ open, ...rest }: SaveViewDialogProps) {
  return (
    <Dialog title="Save this list as a view" open={open} onClose={rest.onClose}>
      <NameForm {...rest} />
    </Dialog>
  );
}

function NameForm({ mistake, onClose, onSave }: Omit<SaveViewDialogProps, "open">) {
  const [name, setName] = useState("");
  const named = name.trim() !== "";
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (named) onSave(name.trim());
      }}
    >
      <label>
        <span>Name</span>
        <input
          value={name}
          maxLength={NAME_CHARS_MAX}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <p>It keeps the filter and the time range, for everybody in this project</p>
      {mistake && (
        <p role="alert" className={styles.mistake}>
          {mistake}
        </p>
      )}
      <div className={styles.actions}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="solid" disabled={!named} accessibleWhenDisabled>
          Save
        </Button>
      </div>
    </form>
  );
}
