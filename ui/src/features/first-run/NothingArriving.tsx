/** What to do when no request comes. */

import styles from "./NothingArriving.module.css";
import { dockerEndpoint } from "./snippets";

export function NothingArriving({ endpoint }: { readonly endpoint: string }) {
  return (
    <section className={styles.card} aria-labelledby="nothing-title">
      <h3 id="nothing-title">Nothing arriving?</h3>
      <p>
        <code>clew doctor</code> checks that this server can be reached, and prints the fix.
      </p>
      <p>
        In Docker, use <code>{dockerEndpoint(endpoint)}</code>.
      </p>
    </section>
  );
}
