// What a sender writes is shown and never obeyed: no HTML, no fetch, no script, no runaway text.

import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ErrorBlock } from "./ErrorBlock";
import { JsonView } from "./JsonView";
import { Markdown, tokensOf } from "./Markdown";
import { PartBody } from "./MessageCard";
import { previewOfSpan } from "./preview";
import { sampleSpan } from "./sample";
import { ValueView } from "./ValueView";

const HTML =
  '<img src=x onerror="alert(1)"><script>alert(2)</script><iframe src="//evil.example"></iframe>';

const fetched = vi.fn();

beforeEach(() => vi.stubGlobal("fetch", fetched));
afterEach(() => {
  cleanup();
  expect(fetched).not.toHaveBeenCalled();
});

/** The elements that could load or run something. */
function dangerous(root: HTMLElement): string[] {
  const found = root.querySelectorAll(
    "img, script, iframe, object, embed, video, audio, link, style, form",
  );
  return [...found].map(({ tagName }) => tagName);
}

function addresses(root: HTMLElement): (string | null)[] {
  return [...root.querySelectorAll("a")].map((link) => link.getAttribute("href"));
}

describe("markdown", () => {
  test("shows HTML as text", () => {
    const { container } = render(<Markdown text={`before ${HTML} after\n\n${HTML}`} />);
    expect(dangerous(container)).toEqual([]);
    expect(container.textContent).toContain('<img src=x onerror="alert(1)">');
    expect(container.textContent).toContain("<script>alert(2)</script>");
  });

  test("fetches no image and says whose it is", () => {
    const { container } = render(<Markdown text="![see](https://evil.example/p.png?secret=1)" />);
    expect(dangerous(container)).toEqual([]);
    expect(container.textContent).toContain("evil.example");
    expect(container.querySelector("a")?.rel).toContain("noreferrer");
  });

  test("links only where a browser may go, and names the host", () => {
    const { container } = render(
      <Markdown text="[a](javascript:alert(1)) [b](https://real.example/x) [c](data:text/html,x) ![d](javascript:x)" />,
    );
    expect(addresses(container)).toEqual(["https://real.example/x"]);
    expect(container.textContent).toContain("real.example");
  });

  test("endless nesting and endless length are shown plain", () => {
    expect(tokensOf(">".repeat(20_000))).toBeUndefined();
    expect(tokensOf("> ".repeat(5000))).toBeUndefined();
    expect(tokensOf("a".repeat(50_000))).toBeUndefined();
    const nested = Array.from({ length: 39 }, (_, level) => `${" ".repeat(level * 2)}- x`).join(
      "\n",
    );
    const { container } = render(<Markdown text={nested} />);
    expect(container.textContent?.match(/x/g)).toHaveLength(39);
  });

  test("many open brackets do not stall the page", () => {
    const started = performance.now();
    render(<Markdown text={"[".repeat(20_000)} />);
    render(<Markdown text={"*a ".repeat(10_000)} />);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test("keeps single line feeds, lists and code", () => {
    const { container } = render(<Markdown text={"one\ntwo\n\n- `x`\n- **y**"} />);
    expect(container.querySelectorAll("li")).toHaveLength(2);
    expect(container.querySelectorAll("br, code, strong")).toHaveLength(3);
  });
});

describe("values", () => {
  test("a huge text is cut and says how much there is", () => {
    const { container } = render(
      <ValueView value={"x".repeat(2_000_000)} label="v" source={false} />,
    );
    expect(container.textContent?.length).toBeLessThan(6000);
    fireEvent.click(screen.getByRole("button", { name: /Show all 2,000,000 characters/ }));
    expect(container.textContent?.length).toBe(2_000_000);
  });

  test("terminal and direction signs are shown, not obeyed", () => {
    const { container } = render(
      <ValueView value={"\u001b[2J \u202egnp.exe שלום"} label="v" source />,
    );
    expect(container.textContent).toBe("⟦ESC⟧[2J ⟦U+202E⟧gnp.exe שלום");
  });

  test("a list of a million entries draws a page of pages", () => {
    const { container } = render(
      <JsonView value={Array.from({ length: 1_000_000 }, () => 0)} label="v" />,
    );
    expect(container.querySelectorAll("[role=treeitem]")).toHaveLength(101);
    fireEvent.click(screen.getByText("[0 … 9,999]"));
    fireEvent.click(screen.getByText("[100 … 199]"));
    expect(container.querySelectorAll("[role=treeitem]")).toHaveLength(301);
  });

  test("names like those of the language itself are only names", () => {
    const value = JSON.parse('{"__proto__": {"a": 1}, "constructor": "<b>", "toString": 2}');
    const { container } = render(<JsonView value={value} label="v" />);
    expect(container.textContent).toContain("__proto__: {");
    expect(container.textContent).toContain('constructor: "<b>"');
    expect(dangerous(container)).toEqual([]);
  });
});

describe("parts and errors", () => {
  test("attachments are named and never loaded", () => {
    const parts = [
      { type: "blob", content: "PHN2Zz4=", mime_type: "image/svg+xml" },
      { type: "uri", uri: "https://evil.example/a.png", modality: "image" },
      { type: "uri", uri: "javascript:alert(1)" },
      { type: "file", file_id: "<b>f</b>" },
      { type: "other", raw: { type: "hologram", html: HTML } },
    ] as const;
    const { container } = render(
      parts.map((part) => <PartBody key={JSON.stringify(part)} part={part} source={false} />),
    );
    expect(dangerous(container)).toEqual([]);
    expect(addresses(container)).toEqual(["https://evil.example/a.png"]);
    expect(container.textContent).toContain("<b>f</b>");
    expect(container.textContent).toContain("hologram");
  });

  test("an error shows its type, its message and its stack as text", () => {
    const span = sampleSpan({
      id: "a",
      status: "error",
      error_type: "<b>Boom</b>",
      status_message: HTML,
      events: [
        {
          name: "exception",
          time_unix_nanos: "1",
          attributes: { "exception.stacktrace": "at \u001b[31mx" },
        },
      ],
    });
    const { container } = render(<ErrorBlock span={span} />);
    expect(dangerous(container)).toEqual([]);
    expect(container.textContent).toContain("<b>Boom</b>");
    expect(container.textContent).toContain("at ⟦ESC⟧[31mx");
  });

  test("a preview stays one short line whatever it is made of", () => {
    const preview = previewOfSpan(
      sampleSpan({ id: "a", output: `\n\u0007${"y\n".repeat(100_000)}` }),
    );
    expect(preview.length).toBeLessThanOrEqual(160);
    expect(preview.startsWith("⟦BEL⟧y y")).toBe(true);
  });
});
