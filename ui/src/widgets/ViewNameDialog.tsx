/** Asks for the name of a saved view. */

import { useState } from "react";
import { Button } from "../kit/Button";
import { Dialog } from "../kit/Dialog";
import styles from "./ViewsMenu.module.css";

/** The server takes no longer ones. */
const NAME_CHARS_MAX = 100;

type NameFormProps = {
  readonly about: string;
  /** What the button does. */
  readonly action: string;
  /** The name it has. */
  readonly before?: string;
  /** Why the server did not take it. */
  readonly mistake?: string;
  readonly onClose: () => void;
  readonly onName: (name: string) => void;
};

type ViewNameDialogProps = NameFormProps & { readonly title: string; readonly open: boolean };

export function ViewNameDialog({ title, open, ...form }: ViewNameDialogProps) {
  return (
    <Dialog title={title} open={open} onClose={form.onClose}>
      <NameForm {...form} />
    </Dialog>
  );
}

function NameForm({ about, action, before = "", mistake, onClose, onName }: NameFormProps) {
  const [name, setName] = useState(before);
  const named = name.trim() !== "";
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (named) onName(name.trim());
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
      <p>{about}</p>
      {mistake && (
        <p role="alert" className={styles.mistake}>
          {mistake}
        </p>
      )}
      <div className={styles.actions}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="solid" disabled={!named} accessibleWhenDisabled>
          {action}
        </Button>
      </div>
    </form>
  );
}
