/** What was typed and not run, kept while the viewer looks at other pages. */

type Draft = { readonly ran: string; readonly text: string };

const drafts = new Map<string, Draft>();

/** The text the editor of a project starts with, when the address says that `ran` was asked. */
export function draftOf(project: string, ran: string): string {
  const draft = drafts.get(project);
  return draft && draft.ran === ran ? draft.text : ran;
}

export function keepDraft(project: string, ran: string, text: string): void {
  drafts.set(project, { ran, text });
}
