/** The traces list with its header: time range, live, keys, and its states. */

import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Diff } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ApiError } from "../../api/client";
import type { SavedView } from "../../api/parse_views";
import { queries } from "../../api/queries";
import type { TraceSummary } from "../../api/types";
import { formatCount, formatCountExact, formatPlural } from "../../base/format";
import { ALL_TIME, rangeFromToken, type TimeRange, tokenOfRange } from "../../base/range";
import { type TraceSort, type TracesSearch, textOfSearch } from "../../base/search";
import { Button } from "../../kit/Button";
import { paths } from "../../paths";
import { ErrorPanel } from "../../widgets/ErrorPanel";
import { PageHeader } from "../../widgets/PageHeader";
import { pinnedLink } from "../../widgets/pinnedLink";
import { Splitter } from "../../widgets/Splitter";
import { TimeControl } from "../../widgets/TimeControl";
import { copyAndSay } from "../../widgets/toast";
import { useKeys } from "../../widgets/useKeys";
import { usePanelSize } from "../../widgets/usePanelSize";
import { ViewsMenu } from "../../widgets/ViewsMenu";
import { addressOf, searchOf } from "../../widgets/views";
import { Waiting } from "../../widgets/Waiting";
import { EmptyFilter } from "./EmptyFilter";
import { EmptyRange } from "./EmptyRange";
import { FilterField, mistakeIn } from "./FilterField";
import { LiveButton } from "./LiveButton";
import { place } from "./place";
import { Skeleton } from "./Skeleton";
import styles from "./TraceList.module.css";
import { TraceTable } from "./TraceTable";
import { useTraceList } from "./useTraceList";
import { TRACE_VIEWS } from "./views";
import { WhyPanel } from "./WhyPanel";

type TraceListProps = {
  readonly project: string;
  /** What the list shows, as the address and the view say together. */
  readonly search: TracesSearch;
  readonly view?: SavedView;
  /** The newest trace of all time: an empty list then means an empty range. */
  readonly newest?: TraceSummary;
};

export function TraceList({ project, search, view, newest }: TraceListProps) {
  const sort = search.sort ?? "-start";
  const range = (search.t && rangeFromToken(search.t)) || ALL_TIME;
  const token = tokenOfRange(range);
  const filter = search.q?.trim() || undefined;
  const key = useMemo(
    () => ({ project, range: token, sort, filter }),
    [project, token, sort, filter],
  );
  const [live, setLive] = useState(true);
  const [timeOpen, setTimeOpen] = useState(false);
  const client = useQueryClient();
  const list = useTraceList(key, live);
  const { query, traces } = list;
  const listName = textOfSearch({ t: token, sort: search.sort, q: filter });
  const [active, activate] = useActive(traces, `${project}${listName}`);

  const go = useListNavigation(project, search);
  const goTo = (next: TracesSearch) => go(addressOf(TRACE_VIEWS, next, view));
  const choose = (next: SavedView | undefined) =>
    go(next ? searchOf(TRACE_VIEWS, next, search) : { ...search, view: undefined });
  const [viewsOpen, setViewsOpen] = useState(false);
  const whyShown = search.why === "1";
  const setWhy = (next: boolean) => goTo({ ...search, why: next ? "1" : undefined });
  const [whyWidth, setWhyWidth] = usePanelSize("why", 380);
  const setRange = (next: TimeRange) => goTo({ ...search, t: tokenOfRange(next) });
  const setFilter = (next: string | undefined) => goTo({ ...search, q: next });
  const filterInput = useRef<HTMLInputElement>(null);
  const linkSearch = useMemo(() => ({ from: listName.slice(1) || undefined }), [listName]);
  const linkOf = (trace: TraceSummary) => paths.trace(project, trace.trace_id, linkSearch);

  const navigate = useNavigate();
  const open = (index: number) => {
    const trace = traces[index];
    if (trace) navigate(linkOf(trace));
  };
  // A project that does not exist yet: the page shows how to send its first trace.
  const missing = query.error instanceof ApiError && query.error.status === 404;
  const mistake = mistakeIn(query.error);
  const { fetchNextPage } = query;
  const more = query.hasNextPage && !query.isFetching && !query.isFetchNextPageError;
  const onNearEnd = useCallback(() => {
    if (more) fetchNextPage();
  }, [more, fetchNextPage]);

  const [newsShown, setNewsShown] = useState(0);
  const showNew = async () => {
    await list.showNew();
    setNewsShown(newsShown + 1);
  };

  const last = traces.length - 1;
  useKeys({
    rowNext: () => activate(Math.min(active + 1, last)),
    rowPrevious: () => activate(Math.max(active - 1, 0)),
    rowFirst: () => activate(Math.min(0, last)),
    rowLast: () => activate(last),
    rowOpen: () => open(active),
    showNew: () => list.pill && showNew(),
    timeRange: () => setTimeOpen(true),
    views: () => setViewsOpen(true),
    why: () => setWhy(!whyShown),
    filter: () => filterInput.current?.focus(),
    copyId: () => {
      const id = traces[active]?.trace_id;
      if (id) copyAndSay(id, "the trace id");
    },
    copyLink: () => copyAndSay(pinnedLink(range, search), "the link"),
  });

  return (
    <>
      <PageHeader title={<Title total={list.total} shown={!query.isPlaceholderData} />}>
        {list.pill && (
          <Button look="solid" onClick={showNew} aria-label={`Show ${list.pill} traces`}>
            {list.pill}
          </Button>
        )}
        <Button
          icon={<Diff size={14} aria-hidden="true" />}
          aria-pressed={whyShown}
          onClick={() => setWhy(!whyShown)}
        >
          What is different?
        </Button>
        <ViewsMenu
          project={project}
          of={TRACE_VIEWS}
          search={search}
          view={view}
          open={viewsOpen}
          onOpenChange={setViewsOpen}
          onChoose={choose}
        />
        <LiveButton state={list.stream} onToggle={() => setLive(!live)} />
        <TimeControl range={range} open={timeOpen} onOpenChange={setTimeOpen} onChange={setRange} />
      </PageHeader>
      <FilterField
        key={filter}
        project={project}
        range={token}
        filter={filter}
        mistake={mistake}
        input={filterInput}
        onChange={setFilter}
      />
      <div className={styles.split}>
        <div className={styles.rows}>
          {query.isPending && query.fetchStatus === "idle" && (
            <div className={styles.tail}>
              Loading was canceled
              <Button onClick={() => query.refetch()}>Load the traces</Button>
            </div>
          )}
          {query.isPending && query.fetchStatus !== "idle" && (
            <Waiting
              what="the traces"
              skeleton={<Skeleton />}
              onCancel={() => client.cancelQueries({ queryKey: queries.traces(key).queryKey })}
            />
          )}
          {query.isError && !missing && !mistake && traces.length === 0 && (
            <ErrorPanel
              error={query.error}
              doing="load the traces"
              onRetry={() => query.refetch()}
            />
          )}
          {query.isSuccess && traces.length === 0 && filter && (
            <EmptyFilter filter={filter} onClear={() => setFilter(undefined)} />
          )}
          {query.isSuccess && traces.length === 0 && !filter && newest && (
            <EmptyRange range={range} newest={newest} onChange={setRange} />
          )}
          {traces.length > 0 && (
            <TraceTable
              traces={traces}
              firstPage={list.firstPage}
              total={list.total?.exact ? list.total.count : undefined}
              active={active}
              sort={sort}
              dimmed={query.isPlaceholderData}
              reading={`${listName}#${newsShown}`}
              onSort={(next: TraceSort) =>
                goTo({ ...search, sort: next === "-start" ? undefined : next })
              }
              onActivate={activate}
              onOpen={open}
              onNearEnd={onNearEnd}
              linkOf={linkOf}
              tail={<Tail list={list} />}
            />
          )}
        </div>
        {whyShown && (
          <>
            <Splitter
              label="Width of the panel of differences"
              size={whyWidth}
              min={300}
              max={720}
              sizes="after"
              onSize={setWhyWidth}
            />
            <aside
              aria-label="What is different here?"
              className={styles.why}
              style={{ width: whyWidth }}
            >
              <WhyPanel
                project={project}
                range={token}
                filter={filter}
                onNarrow={setFilter}
                onClose={() => setWhy(false)}
              />
            </aside>
          </>
        )}
      </div>
    </>
  );
}

function Title({
  total,
  shown,
}: {
  readonly total: ReturnType<typeof useTraceList>["total"];
  readonly shown: boolean;
}) {
  return (
    <>
      <h1>Traces</h1>
      {total && shown && (
        <span className={styles.total} title={formatCountExact(total.count)}>
          {total.exact
            ? formatPlural(total.count, "trace")
            : `≈ ${formatCount(total.count)} traces`}
        </span>
      )}
    </>
  );
}

/** Below the last row: more is coming, failed to come, or there is no more. */
function Tail({ list }: { readonly list: ReturnType<typeof useTraceList> }) {
  const { query, traces } = list;
  if (query.isFetchNextPageError) {
    return (
      <div role="alert" className={styles.tail}>
        The next rows could not be loaded: {query.error?.message}
        <Button onClick={() => query.fetchNextPage()}>Retry</Button>
      </div>
    );
  }
  if (query.isFetchingNextPage) return <div className={styles.tail}>Loading more rows</div>;
  if (query.hasNextPage) return null;
  return (
    <div className={styles.tail}>{formatPlural(traces.length, "trace")}, no more in this range</div>
  );
}

/** The row the keys act on; kept by its trace, so that new rows above do not move it. */
function useActive(traces: readonly TraceSummary[], listName: string) {
  const [activeId, setActiveId] = useState(() => place(listName));
  useEffect(() => setActiveId(place(listName)), [listName]);
  const active = useMemo(
    () => (activeId ? traces.findIndex((trace) => trace.trace_id === activeId) : -1),
    [traces, activeId],
  );
  const activate = (index: number) => {
    const id = traces[index]?.trace_id;
    place(listName, id);
    setActiveId(id);
  };
  return [active, activate] as const;
}

function useListNavigation(project: string, before: TracesSearch) {
  const navigate = useNavigate();
  return (search: TracesSearch) => {
    const same = (["t", "sort", "q", "view", "why"] as const).every(
      (name) => search[name] === before[name],
    );
    if (same) return;
    // What the page does not know stays in the address.
    navigate({ ...paths.traces(project), search: (raw) => ({ ...raw, ...search }) });
  };
}
