import { expect, test } from "vitest";
import { actionFor, KEYS, type KeyAction, keyCap, opensChord } from "../../src/base/keys";

const actionsOf = (group: string) =>
  (Object.keys(KEYS) as KeyAction[]).filter((action) => KEYS[action].group === group);

test.each(["Lists", "Trace", "Query"])("no key of %s means two things there", (group) => {
  const keys = [...actionsOf(group), ...actionsOf("Everywhere")].flatMap((action) => [
    ...KEYS[action].keys,
  ]);
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
});

test("a chord takes two presses and does not hide the single key", () => {
  const actions: KeyAction[] = ["goTraces", "timeRange"];
  expect(opensChord("g", actions)).toBe(true);
  expect(actionFor("t", actions, "g")).toBe("goTraces");
  expect(actionFor("t", actions)).toBe("timeRange");
});

test("only what the page handles is an action", () => {
  expect(actionFor("j", ["help"])).toBeUndefined();
});

test("key caps show the sign on the key", () => {
  expect(["ArrowDown", "Enter", "Y", "j"].map(keyCap)).toEqual(["↓", "↵", "⇧Y", "j"]);
  expect(keyCap("Mod+Enter")).toMatch(/^(Ctrl |⌘)↵$/);
});
