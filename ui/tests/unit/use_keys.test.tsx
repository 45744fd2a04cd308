import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { changeSettings } from "../../src/base/settings";
import { type KeyHandlers, useKeys } from "../../src/widgets/useKeys";

let done: string[] = [];

function Part({ handlers }: { readonly handlers: KeyHandlers }) {
  useKeys(handlers);
  return null;
}

const note = (name: string) => () => done.push(name);

function page(children: React.ReactNode) {
  render(
    <>
      {children}
      <input aria-label="words" />
      <button type="button">press</button>
      <div role="dialog" aria-label="sheet">
        <span data-testid="inside" />
      </div>
    </>,
  );
}

beforeEach(() => {
  done = [];
});
afterEach(() => {
  cleanup();
  changeSettings({ keysEnabled: true });
});

test("a key does what the page handles, and nothing else", () => {
  page(<Part handlers={{ rowNext: note("next") }} />);
  fireEvent.keyDown(document.body, { key: "j" });
  fireEvent.keyDown(document.body, { key: "ArrowDown" });
  fireEvent.keyDown(document.body, { key: "k" });
  expect(done).toEqual(["next", "next"]);
});

test("letters typed into an input or pressed in a dialog stay there", () => {
  page(<Part handlers={{ rowNext: note("next") }} />);
  fireEvent.keyDown(screen.getByLabelText("words"), { key: "j" });
  fireEvent.keyDown(screen.getByTestId("inside"), { key: "j" });
  expect(done).toEqual([]);
});

test("a focused button keeps Enter and leaves the arrows to the list", () => {
  page(<Part handlers={{ rowOpen: note("open"), rowLast: note("last") }} />);
  fireEvent.keyDown(screen.getByText("press"), { key: "Enter" });
  fireEvent.keyDown(screen.getByText("press"), { key: "End" });
  expect(done).toEqual(["last"]);
});

test("keys with Ctrl, Alt and Meta belong to the browser", () => {
  page(<Part handlers={{ timeRange: note("time") }} />);
  for (const held of ["ctrlKey", "altKey", "metaKey"]) {
    fireEvent.keyDown(document.body, { key: "t", [held]: true });
  }
  expect(done).toEqual([]);
});

test("a key with Ctrl or Meta that the table has works while text is typed, but not in a dialog", () => {
  page(<Part handlers={{ runQuery: note("run"), rowOpen: note("open") }} />);
  fireEvent.keyDown(screen.getByLabelText("words"), { key: "Enter", ctrlKey: true });
  fireEvent.keyDown(document.body, { key: "Enter", metaKey: true });
  fireEvent.keyDown(screen.getByTestId("inside"), { key: "Enter", ctrlKey: true });
  expect(done).toEqual(["run", "run"]);
});

test("g then t goes, t alone does not, and the second key is used up", () => {
  page(<Part handlers={{ goTraces: note("traces"), timeRange: note("time") }} />);
  fireEvent.keyDown(document.body, { key: "g" });
  fireEvent.keyDown(document.body, { key: "t" });
  fireEvent.keyDown(document.body, { key: "t" });
  expect(done).toEqual(["traces", "time"]);
});

test("the part mounted last wins", () => {
  page(
    <>
      <Part handlers={{ copyId: note("below") }} />
      <Part handlers={{ copyId: note("above") }} />
    </>,
  );
  fireEvent.keyDown(document.body, { key: "y" });
  expect(done).toEqual(["above"]);
});

test("turned off, no key does anything", () => {
  changeSettings({ keysEnabled: false });
  page(<Part handlers={{ rowNext: note("next") }} />);
  fireEvent.keyDown(document.body, { key: "j" });
  expect(done).toEqual([]);
});
