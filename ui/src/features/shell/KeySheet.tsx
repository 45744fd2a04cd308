/** The keys that work on this page now. */

import { KEYS, type KeyEntry } from "../../base/keys";
import { Dialog } from "../../kit/Dialog";
import { Kbd } from "../../widgets/Kbd";
import { useHandledKeys } from "../../widgets/useKeys";
import styles from "./KeySheet.module.css";

const GROUPS: readonly KeyEntry["group"][] = ["Query", "Lists", "Trace", "Everywhere"];

export function KeySheet({
  open,
  onClose,
}: {
  readonly open: boolean;
  readonly onClose: () => void;
}) {
  const handled = useHandledKeys();
  const entries = handled.map((action): KeyEntry => KEYS[action]);
  return (
    <Dialog title="Keys of this page" open={open} onClose={onClose}>
      <div className={styles.groups}>
        {GROUPS.map((group) => {
          const rows = entries.filter((entry) => entry.group === group);
          return rows.length === 0 ? null : (
            <section key={group}>
              <h2>{group}</h2>
              <dl>
                {rows.map(({ label, keys }) => (
                  <div key={label} className={styles.row}>
                    <dt>{label}</dt>
                    <dd>
                      {keys.map((key) => (
                        <span key={key}>
                          <Kbd keys={key} />
                        </span>
                      ))}
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
      </div>
    </Dialog>
  );
}
