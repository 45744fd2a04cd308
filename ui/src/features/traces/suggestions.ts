/** What may come next in the filter, and what it makes of the text. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Completion, Suggestion } from "../../api/parse_query";
import { queries } from "../../api/queries";
import { bytesBefore, textBefore, textFrom } from "../../base/utf8";

/** A keystroke waits so long for the next one before the server is asked. */
const PAUSE_MS = 120;

type Asked = { readonly text: string; readonly caret: number };

/** Suggests while the field is in use; nothing for a text that has gone on since. */
export function useSuggestions(
  project: string,
  range: string | undefined,
  { text, caret }: Asked,
  inUse: boolean,
): Completion | undefined {
  const [asked, setAsked] = useState<Asked>({ text, caret });
  useEffect(() => {
    const timer = setTimeout(() => setAsked({ text, caret }), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, caret]);
  const question = { text: asked.text, cursor: bytesBefore(asked.text, asked.caret), range };
  const { data, isPlaceholderData } = useQuery({
    ...queries.completion(project, question),
    enabled: inUse,
    placeholderData: keepPreviousData,
  });
  const isOfThis = asked.text === text && asked.caret === caret && !isPlaceholderData;
  return inUse && isOfThis ? data : undefined;
}

/** Puts a suggestion in the place of what is being typed. */
export function complete(text: string, completion: Completion, suggestion: Suggestion): Asked {
  const before = textBefore(text, completion.from) + suggestion.text;
  const behind = textFrom(text, completion.to);
  // A value or a closed word is done; a name still wants its operator.
  const gap = suggestion.kind === "value" && !behind.startsWith(" ") ? " " : "";
  return { text: before + gap + behind, caret: before.length + gap.length };
}
