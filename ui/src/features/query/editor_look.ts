/** The look of the editor, from the tokens, so that both themes are one. */

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colors = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent-text)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--ok-text)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--warn-text)" },
  { tag: [tags.typeName, tags.standard(tags.name)], color: "var(--info-text)" },
  { tag: tags.comment, color: "var(--text-muted)", fontStyle: "italic" },
]);

const surfaces = EditorView.theme({
  "&": { color: "var(--text-primary)", backgroundColor: "var(--bg-surface)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--font-mono)",
    fontSize: "var(--text-mono)",
    lineHeight: "var(--line-mono)",
    fontVariantLigatures: "none",
  },
  ".cm-content": { padding: "var(--space-4) 0", caretColor: "var(--text-primary)" },
  ".cm-line": { padding: "0 var(--space-5)" },
  ".cm-gutters": {
    color: "var(--text-muted)",
    backgroundColor: "var(--bg-inset)",
    borderRight: "1px solid var(--border-subtle)",
  },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "32px", padding: "0 var(--space-3)" },
  ".cm-placeholder": { color: "var(--text-muted)" },
  "&.cm-focused .cm-matchingBracket": {
    backgroundColor: "var(--bg-selected)",
    outline: "1px solid var(--border-strong)",
  },
  "&.cm-focused .cm-nonmatchingBracket": {
    backgroundColor: "transparent",
    color: "var(--error-text)",
  },
  ".cm-mistake": {
    color: "var(--error-text)",
    backgroundColor: "var(--error-bg)",
    textDecoration: "underline wavy var(--error-solid)",
    textUnderlineOffset: "3px",
  },
});

const popups = EditorView.theme({
  ".cm-tooltip": {
    zIndex: "var(--z-popover)",
    border: "1px solid var(--border-default)",
    borderRadius: "var(--radius-card)",
    backgroundColor: "var(--bg-overlay)",
    color: "var(--text-primary)",
    boxShadow: "var(--shadow-overlay)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    maxHeight: "none",
    padding: "var(--space-2)",
    fontFamily: "var(--font-mono)",
    fontSize: "var(--text-mono)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    padding: "var(--space-2) var(--space-4)",
    borderRadius: "var(--radius-chip)",
    lineHeight: "var(--line-mono)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--bg-selected)",
    color: "var(--text-primary)",
  },
  ".cm-completionMatchedText": {
    color: "var(--accent-text)",
    textDecoration: "none",
    fontWeight: "var(--weight-medium)",
  },
  ".cm-completionDetail": { color: "var(--text-secondary)", fontStyle: "normal" },
  ".cm-tooltip.cm-completionInfo": {
    maxWidth: "320px",
    padding: "var(--space-3) var(--space-4)",
    color: "var(--text-secondary)",
    fontFamily: "var(--font-sans)",
    fontSize: "var(--text-xs)",
    lineHeight: "var(--line-xs)",
  },
});

export const editorLook: Extension = [surfaces, popups, syntaxHighlighting(colors)];
