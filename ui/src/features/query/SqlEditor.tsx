/** The editor of a question. It is loaded on its own, for it is as large as the rest of the page. */

import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { sql } from "@codemirror/lang-sql";
import { bracketMatching } from "@codemirror/language";
import { Compartment, EditorState, type Extension, Prec } from "@codemirror/state";
import { EditorView, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { type RefObject, useEffect, useImperativeHandle, useRef } from "react";
import type { SqlTable } from "../../api/parse_sql";
import { namespaceOf, offer } from "./completions";
import { dialect } from "./dialect";
import { editorLook } from "./editor_look";
import { marks, setMark } from "./marks";
import type { Mistake } from "./mistake";
import styles from "./SqlEditor.module.css";

/** What the rest of the page asks the editor to do. */
export type EditorHandle = {
  readonly focus: () => void;
  /** Puts text in at the caret. */
  readonly insert: (text: string) => void;
  /** Sets the caret. */
  readonly goTo: (offset: number) => void;
};

type SqlEditorProps = {
  readonly handle: RefObject<EditorHandle | null>;
  readonly value: string;
  readonly tables: readonly SqlTable[];
  readonly mistake?: Mistake;
  /** The element that tells of the mistake. */
  readonly toldBy: string;
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
  /** Escape, where nothing of the editor is open to be closed by it. */
  readonly onEscape: () => void;
};

export default function SqlEditor(props: SqlEditorProps) {
  const { handle, value, tables, mistake, toldBy } = props;
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    if (!place.current) return;
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: extensions(() => latest.current),
      }),
    });
    view.current = made;
    return () => made.destroy();
  }, []);

  useEffect(() => {
    const now = view.current;
    if (!now || now.state.doc.toString() === value) return;
    now.dispatch({ changes: { from: 0, to: now.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    view.current?.dispatch({ effects: language.reconfigure(languageOf(tables)) });
  }, [tables]);

  useEffect(() => {
    view.current?.dispatch({
      effects: [
        setMark.of(mistake?.place),
        described.reconfigure(mistake ? attributes(toldBy) : attributes()),
      ],
    });
  }, [mistake, toldBy]);

  useImperativeHandle(handle, () => handleOf(() => view.current), []);
  return <div ref={place} className={styles.editor} />;
}

const language = new Compartment();
const described = new Compartment();

function attributes(toldBy?: string): Extension {
  const told: Record<string, string> = toldBy
    ? { "aria-invalid": "true", "aria-describedby": toldBy }
    : {};
  return EditorView.contentAttributes.of({ "aria-label": "Query in SQL", ...told });
}

function languageOf(tables: readonly SqlTable[]): Extension {
  return [
    sql({ dialect, schema: namespaceOf(tables), upperCaseKeywords: true }),
    dialect.language.data.of({
      autocomplete: (context: Parameters<typeof offer>[1]) => offer(tables, context),
    }),
  ];
}

function extensions(props: () => SqlEditorProps): Extension {
  const run = (view: EditorView) => {
    closeCompletion(view);
    props().onRun();
    return true;
  };
  const leave = () => {
    props().onEscape();
    return true;
  };
  return [
    Prec.highest(keymap.of([{ key: "Mod-Enter", run }])),
    lineNumbers(),
    history(),
    bracketMatching(),
    closeBrackets(),
    // Few enough to be shown without scrolling, for a list that scrolls would need a focus of its own.
    autocompletion({ icons: false, maxRenderedOptions: 10 }),
    language.of(languageOf(props().tables)),
    described.of(attributes()),
    marks,
    placeholder("SELECT ... FROM spans"),
    EditorView.lineWrapping,
    editorLook,
    // Tab takes a suggestion and otherwise leaves the editor, as it leaves every field.
    keymap.of([{ key: "Tab", run: acceptCompletion }]),
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
    Prec.lowest(keymap.of([{ key: "Escape", run: leave }])),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) props().onChange(update.state.doc.toString());
    }),
  ];
}

function handleOf(view: () => EditorView | undefined): EditorHandle {
  return {
    focus: () => view()?.focus(),
    insert: (text) => {
      const now = view();
      if (!now) return;
      const { from } = now.state.selection.main;
      // Names run together would be one other name.
      const joined = /\w/.test(now.state.sliceDoc(from - 1, from)) ? ` ${text}` : text;
      now.dispatch(now.state.replaceSelection(joined), { scrollIntoView: true });
      now.focus();
    },
    goTo: (offset) => {
      const now = view();
      const anchor = Math.min(offset, now?.state.doc.length ?? 0);
      now?.dispatch({ selection: { anchor }, scrollIntoView: true });
      now?.focus();
    },
  };
}
