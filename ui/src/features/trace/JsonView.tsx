/** A JSON value, one level at a time; arrows walk it, `y` copies a value and `Y` its path. */

import { ChevronDown, ChevronRight } from "lucide-react";
import { type KeyboardEvent, useId, useMemo, useRef, useState } from "react";
import { formatCountExact, formatPlural } from "../../base/format";
import type { Json } from "../../base/json";
import { copyAndSay } from "../../widgets/toast";
import styles from "./JsonView.module.css";
import { type JsonRow, jsonRows, type ParsedTexts } from "./json_rows";
import { jsonText } from "./json_text";
import { plain } from "./plain";
import { flip } from "./view_state";

const LINES_MAX = 1000;
const STRING_CHARS = 400;

export function JsonView({ value, label }: { readonly value: Json; readonly label: string }) {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [active, setActive] = useState<string>();
  const [linesMax, setLinesMax] = useState(LINES_MAX);
  const parsed = useRef<{ value: Json; texts: ParsedTexts }>(undefined);
  if (parsed.current?.value !== value) parsed.current = { value, texts: new Map() };
  const texts = parsed.current.texts;
  const rows = useMemo(() => jsonRows(value, toggled, texts), [value, toggled, texts]);
  const id = useId();
  const toggle = (row: JsonRow) => isBranch(row) && setToggled(flip(toggled, [row.key]));
  const onKeyDown = (event: KeyboardEvent) => {
    const next = keyMove(event.key, rows, active);
    const row = rows.find(({ key }) => key === active);
    if (next !== undefined) setActive(next);
    else if (row && (event.key === "y" || event.key === "Y")) copyRow(row, event.key === "Y");
    else if (row && isBranch(row) && togglesWith(event.key, row.open)) toggle(row);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      role="tree"
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={active && `${id}-${active}`}
      className={styles.json}
      onKeyDown={onKeyDown}
    >
      {rows.slice(0, linesMax).map((row) => (
        <Line
          key={row.key}
          id={`${id}-${row.key}`}
          row={row}
          active={row.key === active}
          onActive={() => setActive(row.key)}
          onToggle={() => toggle(row)}
        />
      ))}
      {rows.length > linesMax && (
        <button type="button" className={styles.more} onClick={() => setLinesMax(linesMax * 2)}>
          Show more, {formatPlural(rows.length - linesMax, "line")} left
        </button>
      )}
    </div>
  );
}

type LineProps = {
  readonly id: string;
  readonly row: JsonRow;
  readonly active: boolean;
  readonly onActive: () => void;
  readonly onToggle: () => void;
};

function Line({ id, row, active, onActive, onToggle }: LineProps) {
  if (row.type === "close") {
    return (
      <div role="presentation" className={styles.line} style={indent(row.depth)}>
        <span className={styles.mark} />
        <span className={styles.sign}>
          {row.bracket}
          {!row.last && ","}
        </span>
      </div>
    );
  }
  return (
    <div
      role="treeitem"
      id={id}
      aria-level={row.depth + 1}
      aria-expanded={isBranch(row) ? row.open : undefined}
      aria-selected={active}
      className={active ? `${styles.line} ${styles.active}` : styles.line}
      style={indent(row.depth)}
      onClick={() => {
        onActive();
        if (isBranch(row)) onToggle();
      }}
    >
      <span className={styles.mark}>
        {isBranch(row) && (row.open ? <ChevronDown size={12} /> : <ChevronRight size={12} />)}
      </span>
      {row.label !== undefined && <span className={styles.label}>{plain(row.label)}: </span>}
      <LineValue row={row} />
      {active && (
        <span className={styles.copies}>
          <button type="button" tabIndex={-1} onClick={(event) => copy(event, row, false)}>
            copy value
          </button>
          <button type="button" tabIndex={-1} onClick={(event) => copy(event, row, true)}>
            copy path
          </button>
        </span>
      )}
    </div>
  );
}

function LineValue({ row }: { readonly row: JsonRow }) {
  switch (row.type) {
    case "leaf":
      return <Leaf value={row.value} comma={!row.last} />;
    case "page":
      return (
        <span className={styles.sign}>
          [{formatCountExact(row.from)} … {formatCountExact(row.to - 1)}]
        </span>
      );
    case "branch": {
      const close = row.bracket === "{" ? "}" : "]";
      const noun = row.bracket === "{" ? "field" : "item";
      const text = row.count === 0 ? "" : ` ${formatPlural(row.count, noun)} `;
      return (
        <span className={styles.sign}>
          {row.inString && <i className={styles.inString}>text </i>}
          {row.open ? row.bracket : `${row.bracket}${text}${close}`}
          {!row.open && !row.last && ","}
        </span>
      );
    }
    default:
      return null;
  }
}

function Leaf({ value, comma }: { readonly value: Json; readonly comma: boolean }) {
  const [whole, setWhole] = useState(false);
  if (typeof value !== "string") {
    return (
      <span className={typeof value === "number" ? styles.number : styles.word}>
        {String(value)}
        {comma && ","}
      </span>
    );
  }
  const cut = !whole && value.length > STRING_CHARS * 1.25;
  return (
    <span className={styles.string} dir="auto">
      "{plain(cut ? value.slice(0, STRING_CHARS) : value)}
      {cut ? (
        <button
          type="button"
          className={styles.more}
          onClick={(event) => {
            event.stopPropagation();
            setWhole(true);
          }}
        >
          … show all {formatCountExact(value.length)} characters
        </button>
      ) : (
        '"'
      )}
      {comma && ","}
    </span>
  );
}

type BranchRow = Extract<JsonRow, { readonly open: boolean }>;

function isBranch(row: JsonRow): row is BranchRow {
  return row.type === "page" || (row.type === "branch" && row.count > 0);
}

function togglesWith(key: string, open: boolean): boolean {
  return (
    key === "Enter" ||
    key === " " ||
    (key === "ArrowRight" && !open) ||
    (key === "ArrowLeft" && open)
  );
}

/** The line a key moves to; undefined when it moves nowhere. */
function keyMove(key: string, rows: readonly JsonRow[], active: string | undefined) {
  const items = rows.filter(({ type }) => type !== "close");
  const here = items.findIndex((row) => row.key === active);
  if (key === "ArrowDown") return items[Math.min(here + 1, items.length - 1)]?.key;
  if (key === "ArrowUp") return items[Math.max(here - 1, 0)]?.key;
  if (key === "ArrowLeft" && here > 0) {
    const row = items[here] as JsonRow;
    if (isBranch(row) && row.open) return undefined;
    return items.slice(0, here).findLast(({ depth }) => depth < row.depth)?.key;
  }
  return undefined;
}

function copy(event: React.MouseEvent, row: JsonRow, path: boolean): void {
  event.stopPropagation();
  copyRow(row, path);
}

function copyRow(row: JsonRow, path: boolean): void {
  if (path || row.type === "page" || row.type === "close") copyAndSay(row.path, "the path");
  else copyAndSay(typeof row.value === "string" ? row.value : jsonText(row.value), "the value");
}

function indent(depth: number): React.CSSProperties {
  return { paddingLeft: Math.min(depth, 24) * 14 };
}
