import { expect, test } from "vitest";
import { bytesBefore, textBefore, textFrom } from "../../src/base/utf8";
import { complete } from "../../src/features/traces/suggestions";

const value = { text: "error", kind: "value", about: "", count: 3 };
const name = { text: "status", kind: "field", about: "" };

test("a suggestion takes the place of what is typed, and the caret stands behind it", () => {
  const at = { from: 7, to: 8, suggestions: [value] };
  expect(complete("status:e", at, value)).toEqual({ text: "status:error ", caret: 13 });
  // What stands behind stays, and gets no second gap.
  expect(complete("status:e refund", at, value)).toEqual({
    text: "status:error refund",
    caret: 12,
  });
  const begun = { from: 0, to: 2, suggestions: [name] };
  expect(complete("st:ok", begun, name)).toEqual({ text: "status:ok", caret: 6 });
});

test("places are bytes for the server and units here", () => {
  const text = 'Ärger "👍" st';
  expect(bytesBefore(text, text.length)).toBe(16);
  const at = { from: 14, to: 16, suggestions: [name] };
  expect(complete(text, at, name)).toEqual({ text: 'Ärger "👍" status', caret: 17 });
  expect([textBefore(text, 6), textFrom(text, 14)]).toEqual(["Ärger", "st"]);
});
