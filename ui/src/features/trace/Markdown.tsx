/**
 * Markdown from outside as React elements: lexer tokens only, no HTML, nothing fetched.
 *
 * Raw HTML is shown as text, an image is a chip that names its host, a link shows where it leads.
 */

import { ExternalLink, Image } from "lucide-react";
import { lexer, type Token, type Tokens } from "marked";
import { Fragment, type ReactNode, useMemo } from "react";
import styles from "./Markdown.module.css";
import { hostOf, plain } from "./plain";

/** Deeper nesting than this is a trick, not a text; the rest is shown as it was written. */
const LEVELS_MAX = 16;
/** Longer texts are shown plain: the lexer's time grows faster than their length. */
export const MARKDOWN_CHARS_MAX = 40_000;

export function Markdown({ text }: { readonly text: string }) {
  const tokens = useMemo(() => tokensOf(text), [text]);
  if (tokens === undefined) return <div className={styles.markdown}>{plain(text)}</div>;
  return (
    <div className={styles.markdown} dir="auto">
      {blocks(tokens, 0)}
    </div>
  );
}

/** Undefined when the text cannot be read as markdown in reasonable time and depth. */
export function tokensOf(text: string): readonly Token[] | undefined {
  // Runs of quote or list marks nest a level each, which the lexer walks recursively.
  if (text.length > MARKDOWN_CHARS_MAX || /(?:[>*+-][ \t]*){40}/.test(text)) return undefined;
  try {
    return lexer(text, { gfm: true, breaks: true });
  } catch {
    return undefined;
  }
}

function blocks(tokens: readonly Token[], level: number): ReactNode {
  return tokens.map((token, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: tokens of a text have no other identity.
    <Fragment key={index}>{level > LEVELS_MAX ? plain(token.raw) : block(token, level)}</Fragment>
  ));
}

function block(token: Token, level: number): ReactNode {
  const inside = () => blocks(("tokens" in token && token.tokens) || [], level + 1);
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "paragraph":
      return <p>{inside()}</p>;
    case "heading":
      return <p className={styles.heading}>{inside()}</p>;
    case "blockquote":
      return <blockquote>{inside()}</blockquote>;
    case "hr":
      return <hr />;
    case "code":
      return <pre>{plain(token.text)}</pre>;
    case "list":
      return list(token as Tokens.List, level);
    case "table":
      return table(token as Tokens.Table, level);
    case "html":
      return <span className={styles.html}>{plain(token.raw)}</span>;
    default:
      return inline(token, level);
  }
}

function inline(token: Token, level: number): ReactNode {
  const inside = () => blocks(("tokens" in token && token.tokens) || [], level + 1);
  switch (token.type) {
    case "strong":
      return <strong>{inside()}</strong>;
    case "em":
      return <em>{inside()}</em>;
    case "del":
      return <del>{inside()}</del>;
    case "codespan":
      return <code>{plain(token.text)}</code>;
    case "br":
      return <br />;
    case "link":
      return <SafeLink href={(token as Tokens.Link).href}>{inside()}</SafeLink>;
    case "image":
      return <ImageChip href={(token as Tokens.Image).href} text={(token as Tokens.Image).text} />;
    case "text":
      return "tokens" in token && token.tokens ? inside() : plain(token.text);
    case "escape":
      return plain(token.text);
    default:
      return plain(token.raw);
  }
}

function list(token: Tokens.List, level: number): ReactNode {
  const items = token.items.map((item, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: tokens of a text have no other identity.
    <li key={index}>
      {item.task && (item.checked ? "☑ " : "☐ ")}
      {blocks(item.tokens, level + 1)}
    </li>
  ));
  return token.ordered ? <ol start={Number(token.start) || 1}>{items}</ol> : <ul>{items}</ul>;
}

function table(token: Tokens.Table, level: number): ReactNode {
  const cells = (row: readonly Tokens.TableCell[], Cell: "th" | "td") =>
    row.map((cell, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: columns stand still.
      <Cell key={index}>{blocks(cell.tokens, level + 1)}</Cell>
    ));
  return (
    <div className={styles.tableBox}>
      <table>
        <thead>
          <tr>{cells(token.header, "th")}</tr>
        </thead>
        <tbody>
          {token.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows stand still.
            <tr key={index}>{cells(row, "td")}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A link that says where it leads; an address a browser must not open stays text. */
export function SafeLink({
  href,
  children,
}: {
  readonly href: string;
  readonly children: ReactNode;
}) {
  const host = hostOf(href);
  if (host === undefined) {
    return (
      <>
        {children} <code>{plain(href)}</code>
      </>
    );
  }
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer"
      referrerPolicy="no-referrer"
      title={href}
    >
      {children}
      <span className={styles.host}>{host}</span>
    </a>
  );
}

/** An image that is not fetched: its host, and a way to open it on purpose. */
export function ImageChip({ href, text }: { readonly href: string; readonly text: string }) {
  const host = hostOf(href);
  const what = [plain(text), host ?? plain(href.slice(0, 40))].filter(Boolean).join(" · ");
  if (host === undefined) {
    return (
      <span className={styles.chip}>
        <Image size={12} aria-hidden="true" /> {what}
      </span>
    );
  }
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer"
      referrerPolicy="no-referrer"
      className={styles.chip}
      title={`${href}\nNot fetched; opens in a new tab`}
    >
      <Image size={12} aria-hidden="true" /> {what} <ExternalLink size={11} aria-hidden="true" />
    </a>
  );
}
