/** How to send the first trace, and whether it arrives. */

import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { queries } from "../../api/queries";
import { Tabs } from "../../kit/Tabs";
import { paths } from "../../paths";
import { ErrorPanel } from "../../widgets/ErrorPanel";
import { PageHeader } from "../../widgets/PageHeader";
import { CodeBlock } from "./CodeBlock";
import { ConnectionCheck } from "./ConnectionCheck";
import styles from "./FirstRun.module.css";
import { NothingArriving } from "./NothingArriving";
import { SnippetSteps } from "./SnippetSteps";
import { demoCommand, endpointFor, SNIPPETS } from "./snippets";

type FirstRunProps = {
  readonly project: string;
  /** The chosen snippet, from the address. */
  readonly lang?: string;
  /** Goes to the list. */
  readonly onLeave: () => void;
};

const TABS = SNIPPETS.map(({ id, label }) => ({ id, label }));

export function FirstRun({ project, lang, onLeave }: FirstRunProps) {
  const navigate = useNavigate();
  const about = useQuery(queries.about());
  const snippet = SNIPPETS.find(({ id }) => id === lang) ?? SNIPPETS[0];
  if (!snippet) return null;
  const endpoint = about.data ? endpointFor(about.data, location) : location.origin;
  return (
    <>
      <PageHeader title="Traces" />
      <div className={styles.page}>
        <div className={styles.columns}>
          <section className={styles.guide} aria-labelledby="first-run-title">
            <h2 id="first-run-title" className={styles.title}>
              Send your first trace
            </h2>
            <p className={styles.lead}>
              Any OpenTelemetry SDK works. Pick what you use; the endpoint is already filled in.
            </p>
            {about.error && (
              <ErrorPanel
                error={about.error}
                doing="ask the server for its address"
                onRetry={() => about.refetch()}
              />
            )}
            <Tabs
              label="What you use"
              look="pill"
              items={TABS}
              selected={snippet.id}
              onSelect={(id) => navigate({ ...paths.traces(project, { lang: id }), replace: true })}
              panelClass={styles.steps}
            >
              <SnippetSteps snippet={snippet} filling={{ endpoint, project }} />
            </Tabs>
            <section className={styles.demo} aria-labelledby="demo-title">
              <h3 id="demo-title">No program at hand?</h3>
              <p>This fills the project with sample traces:</p>
              <CodeBlock lines={[demoCommand({ endpoint, project })]} what="the demo command" />
            </section>
          </section>
          <aside className={styles.aside} aria-label="Connection">
            <ConnectionCheck
              project={project}
              about={about.data}
              capture={snippet.capture}
              onLeave={onLeave}
            />
            <NothingArriving endpoint={endpoint} />
          </aside>
        </div>
      </div>
    </>
  );
}
