/** An address that leads nowhere. */

import { Link } from "@tanstack/react-router";
import { paths } from "../paths";
import { PageHeader } from "../widgets/PageHeader";
import styles from "./pages.module.css";

export function MissingPage() {
  return (
    <>
      <PageHeader title="Not found" />
      <div className={styles.note}>
        <p>No page has this address.</p>
        <p>
          <Link {...paths.home()}>Go to the traces</Link>
        </p>
      </div>
    </>
  );
}
