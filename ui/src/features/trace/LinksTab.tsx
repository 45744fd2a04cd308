/** Where the span points to, and what each link means. */

import { Link } from "@tanstack/react-router";
import type { Span, SpanLink } from "../../api/types";
import { shortId } from "../../base/ids";
import { paths } from "../../paths";
import { JsonView } from "./JsonView";
import styles from "./Panel.module.css";
import { plainLine } from "./plain";

const MEANINGS: Record<string, string> = {
  causes: "Caused by",
  resumes: "Goes on with",
  evaluates: "Evaluates",
  batch: "Works off",
  transport: "Sent by",
};

export function LinksTab({ span }: { readonly span: Span }) {
  return (
    <ul className={styles.links}>
      {span.links.map((link) => (
        <li key={`${link.trace_id}${link.span_id}`}>
          <span>
            {MEANINGS[link.type ?? ""] ?? "Points to"} <LinkTarget span={span} link={link} />
          </span>
          {Object.keys(link.attributes).length > 0 && (
            <JsonView value={link.attributes} label="Attributes of the link" />
          )}
        </li>
      ))}
    </ul>
  );
}

function LinkTarget({ span, link }: { readonly span: Span; readonly link: SpanLink }) {
  const isHere = link.trace_id === span.trace_id;
  return (
    <Link
      {...paths.tracePermalink(link.trace_id, { span: link.span_id })}
      className={styles.mono}
      title={plainLine(`${link.trace_id} ${link.span_id}`, 100)}
    >
      {isHere ? "" : `trace ${shortId(plainLine(link.trace_id))} `}span{" "}
      {shortId(plainLine(link.span_id))}
    </Link>
  );
}
