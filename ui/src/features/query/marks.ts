/** The place of a mistake in the text of the editor; an edit takes the mark away. */

import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";
import type { MistakePlace } from "./mistake";

export const setMark = StateEffect.define<MistakePlace | undefined>();

const underline = Decoration.mark({ class: "cm-mistake" });

export const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(before, transaction) {
    let now = transaction.docChanged ? Decoration.none : before;
    for (const effect of transaction.effects) {
      if (effect.is(setMark)) now = decorated(effect.value, transaction.newDoc.length);
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function decorated(place: MistakePlace | undefined, length: number): DecorationSet {
  if (!place) return Decoration.none;
  const to = Math.min(place.to, length);
  return place.from < to ? Decoration.set([underline.range(place.from, to)]) : Decoration.none;
}
