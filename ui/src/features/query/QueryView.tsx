/** The query page: tables at left; the question, what came of it, and its rows at right. */

import { useQuery } from "@tanstack/react-query";
import { PanelLeft } from "lucide-react";
import { lazy, Suspense, useEffect, useId, useMemo, useRef, useState } from "react";
import type { SavedView } from "../../api/parse_views";
import { queries } from "../../api/queries";
import { ALL_TIME, rangeFromToken, tokenOfRange } from "../../base/range";
import type { QuerySearch } from "../../base/search";
import { Button } from "../../kit/Button";
import { ErrorPanel } from "../../widgets/ErrorPanel";
import { PageHeader } from "../../widgets/PageHeader";
import { pinnedLink } from "../../widgets/pinnedLink";
import { Splitter } from "../../widgets/Splitter";
import { TimeControl } from "../../widgets/TimeControl";
import { copyAndSay, say } from "../../widgets/toast";
import { useKeys } from "../../widgets/useKeys";
import { usePanelSize } from "../../widgets/usePanelSize";
import { ViewsMenu } from "../../widgets/ViewsMenu";
import { searchOf } from "../../widgets/views";
import { Answer } from "./Answer";
import { draftOf, keepDraft } from "./drafts";
import { ExamplesMenu } from "./ExamplesMenu";
import { MistakeNote } from "./MistakeNote";
import { mistakeIn, tooLong } from "./mistake";
import styles from "./QueryView.module.css";
import { RunBar } from "./RunBar";
import { SchemaBrowser } from "./SchemaBrowser";
import type { EditorHandle } from "./SqlEditor";
import { Starters } from "./Starters";
import { SAVED_QUERIES } from "./saved";
import { useQuestion } from "./useQuestion";

const SqlEditor = lazy(() => import("./SqlEditor"));

/** Below this width the tables would take the question's room; they open when asked for. */
const NARROW = "(max-width: 900px)";

type QueryViewProps = {
  readonly project: string;
  /** What was asked, as the address and the saved query say together. */
  readonly search: QuerySearch;
  readonly view?: SavedView;
};

export function QueryView({ project, search, view }: QueryViewProps) {
  const { question, query, go, running, canceled, answer, cancel } = useQuestion(
    project,
    search,
    view,
  );
  const [draft, setDraft] = useDraft(project, search.sql ?? "");
  const tables = useQuery(queries.sqlTables(project));
  const editor = useRef<EditorHandle>(null);
  const filter = useRef<HTMLInputElement>(null);
  const [tablesShown, setTablesShown] = useState(() => !matchMedia(NARROW).matches);
  const [tablesWidth, setTablesWidth] = usePanelSize("schema", 264);
  const [timeOpen, setTimeOpen] = useState(false);
  const [savedOpen, setSavedOpen] = useState(false);
  const told = useId();

  const range = (search.t && rangeFromToken(search.t)) || ALL_TIME;
  // One that was asked by its name needs no link of its own.
  const long = draft === search.sql ? undefined : tooLong(draft);
  const refused = useMemo(
    () => (running ? undefined : mistakeIn(query.error, search.sql ?? "")),
    [running, query.error, search.sql],
  );
  // What was said of another text would point at the wrong place.
  const mistake = long ?? (draft === search.sql ? refused : undefined);

  const run = (sql = draft) => {
    if (sql.trim() && (sql === search.sql || !tooLong(sql))) go({ sql });
  };
  const ask = (sql: string) => {
    setDraft(sql);
    run(sql);
  };
  const choose = (next: SavedView | undefined) => {
    if (next) setDraft(next.query);
    go(next ? searchOf(SAVED_QUERIES, next, search) : { view: undefined }, next);
  };
  const stop = () => {
    if (!running) return;
    cancel();
    say("The query was canceled");
  };
  const showTables = (shown: boolean) => {
    setTablesShown(shown);
    if (shown) requestAnimationFrame(() => filter.current?.focus());
  };
  useKeys({
    runQuery: () => run(),
    editQuery: () => editor.current?.focus(),
    tables: () => showTables(true),
    timeRange: () => setTimeOpen(true),
    savedQueries: () => setSavedOpen(true),
    copyLink: () => copyAndSay(pinnedLink(range, search), "the link"),
    ...(running ? { close: stop } : {}),
  });

  return (
    <>
      <PageHeader title="Query">
        <Button
          icon={<PanelLeft size={14} aria-hidden="true" />}
          aria-pressed={tablesShown}
          onClick={() => showTables(!tablesShown)}
        >
          <span className={styles.word}>Tables</span>
        </Button>
        <ExamplesMenu onChoose={ask} />
        <ViewsMenu
          project={project}
          of={SAVED_QUERIES}
          search={{ ...search, sql: draft }}
          view={view}
          refusal={draft.trim() ? undefined : "Write a query first"}
          open={savedOpen}
          onOpenChange={setSavedOpen}
          onChoose={choose}
        />
        <TimeControl
          range={range}
          open={timeOpen}
          onOpenChange={setTimeOpen}
          onChange={(next) => go({ t: tokenOfRange(next) })}
        />
      </PageHeader>
      <div className={styles.split}>
        {tablesShown && (
          <>
            <aside
              aria-label="Tables"
              className={styles.tables}
              style={{ "--width": `${tablesWidth}px` } as object}
            >
              <SchemaBrowser
                tables={tables.data ?? []}
                error={tables.error}
                filter={filter}
                onInsert={(name) => editor.current?.insert(name)}
                onTable={(name) =>
                  draft.trim()
                    ? editor.current?.insert(name)
                    : ask(`SELECT *\nFROM ${name}\nLIMIT 100`)
                }
              />
            </aside>
            <Splitter
              label="Width of the tables"
              size={tablesWidth}
              min={200}
              max={480}
              sizes="before"
              onSize={setTablesWidth}
            />
          </>
        )}
        <div className={styles.work}>
          <Suspense fallback={<pre className={styles.arriving}>{draft}</pre>}>
            <SqlEditor
              handle={editor}
              value={draft}
              tables={tables.data ?? NO_TABLES}
              mistake={mistake}
              toldBy={told}
              onChange={setDraft}
              onRun={() => run()}
              onEscape={() => (running ? stop() : (document.activeElement as HTMLElement)?.blur())}
            />
          </Suspense>
          {mistake && (
            <MistakeNote id={told} mistake={mistake} onGo={(at) => editor.current?.goTo(at)} />
          )}
          <RunBar
            project={project}
            search={search}
            question={question}
            answer={query.isPlaceholderData ? undefined : answer}
            draft={draft}
            running={running}
            onRun={() => run()}
            onCancel={stop}
            onChange={go}
          />
          {!question && <Starters onChoose={ask} />}
          {canceled && (
            <p className={styles.note}>
              Canceled before an answer came
              <Button onClick={() => query.refetch()}>Run again</Button>
            </p>
          )}
          {query.isError && !running && !refused && (
            <ErrorPanel
              error={query.error}
              doing="answer the query"
              onRetry={() => query.refetch()}
            />
          )}
          {answer && !canceled && (
            <Answer
              project={project}
              answer={answer}
              search={search}
              dimmed={query.isFetching}
              onChange={go}
            />
          )}
        </div>
      </div>
    </>
  );
}

const NO_TABLES: readonly [] = [];

/** The text of the editor: what was typed last, else what the address says. */
function useDraft(project: string, ran: string) {
  const [{ text, of }, setState] = useState(() => ({ text: draftOf(project, ran), of: ran }));
  useEffect(() => keepDraft(project, ran, text), [project, ran, text]);
  // Another address, as Back leads to, brings its own text.
  if (of !== ran) setState({ text: ran, of: ran });
  return [text, (next: string) => setState({ text: next, of: ran })] as const;
}
