/** No trace matches: says which filter it is, and takes it away. */

import { Button } from "../../kit/Button";
import styles from "./EmptyRange.module.css";

type EmptyFilterProps = {
  readonly filter: string;
  readonly onClear: () => void;
};

export function EmptyFilter({ filter, onClear }: EmptyFilterProps) {
  return (
    <section className={styles.empty}>
      <h2>No trace matches</h2>
      <p>
        Nothing in this range meets <code>{filter}</code>.
      </p>
      <div className={styles.actions}>
        <Button look="solid" onClick={onClear}>
          Clear the filter
        </Button>
      </div>
    </section>
  );
}
