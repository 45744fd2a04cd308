/** The tables and their columns, with what each is; Enter puts a name into the question. */

import { ChevronDown, ChevronRight, Plus, Search } from "lucide-react";
import { type KeyboardEvent, type RefObject, useEffect, useMemo, useRef, useState } from "react";
import type { SqlTable } from "../../api/parse_sql";
import { ErrorPanel } from "../../widgets/ErrorPanel";
import { WithCode } from "../../widgets/WithCode";
import styles from "./SchemaBrowser.module.css";
import { aboutColumn, type SchemaRow, schemaRows } from "./schema";

type SchemaBrowserProps = {
  readonly tables: readonly SqlTable[];
  readonly error: unknown;
  readonly filter: RefObject<HTMLInputElement | null>;
  readonly onInsert: (name: string) => void;
  /** A table is put in, or asked for where nothing is written yet. */
  readonly onTable: (name: string) => void;
};

export function SchemaBrowser({ tables, error, filter, onInsert, onTable }: SchemaBrowserProps) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set(["spans"]));
  const [search, setSearch] = useState("");
  const [activeId, setActiveId] = useState<string>();
  const rows = useMemo(() => schemaRows(tables, open, search), [tables, open, search]);
  const found = rows.findIndex((row) => row.id === activeId);
  const active = rows[found] ?? rows[0];
  const tree = useRef<HTMLDivElement>(null);

  const toggle = (name: string, wanted = !open.has(name)) => {
    const next = new Set(open);
    if (wanted) next.add(name);
    else next.delete(name);
    setOpen(next);
  };
  const choose = (row: SchemaRow) => {
    if (row.kind === "column") onInsert(row.column.name);
    else onTable(row.table.name);
  };
  useEffect(() => {
    if (activeId) document.getElementById(domId(activeId))?.scrollIntoView({ block: "nearest" });
  }, [activeId]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (!active || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = Math.max(found, 0);
    const go = (index: number) =>
      setActiveId(rows[Math.min(Math.max(index, 0), rows.length - 1)]?.id);
    const acts: Record<string, () => void> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => (active.kind === "table" && !active.open ? toggle(active.id) : go(at + 1)),
      ArrowLeft: () => {
        if (active.kind === "table") toggle(active.id, false);
        else setActiveId(active.table.name);
      },
      Enter: () => choose(active),
      " ": () => (active.kind === "table" ? toggle(active.id) : choose(active)),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  return (
    <>
      <div className={styles.filter}>
        <Search size={14} aria-hidden="true" />
        <input
          ref={filter}
          aria-label="Find a column"
          placeholder="Find a column"
          value={search}
          spellCheck={false}
          onChange={(event) => setSearch(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown" || event.key === "Enter") tree.current?.focus();
            if (event.key === "Escape") setSearch("");
          }}
        />
      </div>
      {error !== null && <ErrorPanel error={error} doing="list the tables" />}
      <div
        ref={tree}
        role="tree"
        tabIndex={0}
        aria-label="Tables and columns"
        aria-activedescendant={active && domId(active.id)}
        className={styles.tree}
        onKeyDown={onKeyDown}
      >
        {rows.map((row) => (
          <Line
            key={row.id}
            row={row}
            active={row === active}
            onToggle={() => toggle(row.table.name)}
            onChoose={() => {
              setActiveId(row.id);
              choose(row);
            }}
          />
        ))}
      </div>
      {search && rows.length === 0 && (
        <p className={styles.none} role="status">
          No column has these words
        </p>
      )}
    </>
  );
}

const domId = (id: string) => `schema-${id}`;

type LineProps = {
  readonly row: SchemaRow;
  readonly active: boolean;
  readonly onToggle: () => void;
  readonly onChoose: () => void;
};

function Line({ row, active, onToggle, onChoose }: LineProps) {
  const at = { id: domId(row.id), "data-active": active || undefined };
  if (row.kind === "table") {
    const { name, about, columns } = row.table;
    return (
      <div
        {...at}
        role="treeitem"
        aria-level={1}
        aria-expanded={row.open}
        className={styles.table}
        title={about}
        onClick={onToggle}
      >
        {row.open ? <ChevronDown size={14} /> : <ChevronRight size={14} />}
        <code>{name}</code>
        <span className={styles.count}>
          {columns.length}
          <span className="visually-hidden"> columns</span>
        </span>
        <span
          className={styles.put}
          title={`Put ${name} in`}
          aria-hidden="true"
          onClick={(event) => {
            event.stopPropagation();
            onChoose();
          }}
        >
          <Plus size={14} />
        </span>
      </div>
    );
  }
  const { name, type } = row.column;
  return (
    <div {...at} role="treeitem" aria-level={2} className={styles.column} onClick={onChoose}>
      <code>{name}</code>
      <span className={styles.type}>{type}</span>
      <span className={styles.about}>
        <WithCode text={aboutColumn(row.column)} />
      </span>
    </div>
  );
}
