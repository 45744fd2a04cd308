/** One message: its role, and its parts each in its own way. */

import {
  Bot,
  FileText,
  Link2,
  MessageSquareCode,
  Paperclip,
  Settings2,
  User,
  Wrench,
} from "lucide-react";
import type { ReactNode } from "react";
import type { MessagePart } from "../../api/types";
import { formatBytes } from "../../base/format";
import type { Json } from "../../base/json";
import { ImageChip, SafeLink } from "./Markdown";
import type { MessageView, PartView } from "./messages";
import styles from "./Panel.module.css";
import { hostOf, plainLine } from "./plain";
import { ValueView } from "./ValueView";

type MessageCardProps = {
  readonly message: MessageView;
  /** Not part of an earlier call of the same agent. */
  readonly fresh: boolean;
  readonly source: boolean;
  /** Span that ran a tool, by the id of the call. */
  readonly spanOfCall: ReadonlyMap<string, string>;
  readonly onSpan: (id: string) => void;
};

export function MessageCard({ message, fresh, source, spanOfCall, onSpan }: MessageCardProps) {
  const { role, name, output, finishReason, parts } = message;
  const only = parts.length === 1 ? parts[0] : undefined;
  const result = only?.type === "response" ? only : undefined;
  const marks = [output && "output", fresh && "new", finishReason].filter(Boolean).join(" · ");
  return (
    <section className={styles.card} data-output={output || undefined}>
      <header className={styles.cardHead}>
        <RoleIcon role={role} />
        <b>{plainLine(role, 40) || "unknown role"}</b>
        {(name ?? result?.toolName) !== undefined && (
          <code>{plainLine(name ?? result?.toolName ?? "", 60)}</code>
        )}
        <span className={styles.space} />
        <span>{plainLine(marks, 80)}</span>
      </header>
      <div className={styles.cardBody}>
        {parts.length === 0 && <p className={styles.muted}>empty</p>}
        {result && <Response value={result.part.response} source={source} />}
        {!result &&
          parts.map((part, index) => (
            <PartShown
              // biome-ignore lint/suspicious/noArrayIndexKey: parts stand still.
              key={index}
              part={part}
              source={source}
              spanOfCall={spanOfCall}
              onSpan={onSpan}
            />
          ))}
      </div>
    </section>
  );
}

type PartShownProps = Pick<MessageCardProps, "source" | "spanOfCall" | "onSpan"> & {
  readonly part: PartView;
};

function PartShown({ part, source, spanOfCall, onSpan }: PartShownProps) {
  if (part.type === "part") return <PartBody part={part.part} source={source} />;
  if (part.type === "response") {
    return (
      <ToolBox title={part.toolName} aside="result">
        <Response value={part.part.response} source={source} />
      </ToolBox>
    );
  }
  const { call, response } = part;
  const ran = spanOfCall.get(call.id ?? "");
  const aside = ran && (
    <button type="button" className={styles.more} onClick={() => onSpan(ran)}>
      go to the span
    </button>
  );
  return (
    <ToolBox title={call.name} aside={aside}>
      {call.arguments === undefined ? (
        <p className={styles.muted}>no arguments</p>
      ) : (
        <ValueView value={call.arguments} label={`Arguments of ${call.name}`} source={source} />
      )}
      {response && (
        <div className={styles.response}>
          <h4>Result</h4>
          <Response value={response.response} source={source} />
        </div>
      )}
    </ToolBox>
  );
}

function Response({
  value,
  source,
}: {
  readonly value: Json | undefined;
  readonly source: boolean;
}) {
  if (value === undefined) return <p className={styles.muted}>empty</p>;
  return <ValueView value={value} label="Result" source={source} />;
}

type ToolBoxProps = {
  readonly title: string | undefined;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
};

function ToolBox({ title, aside, children }: ToolBoxProps) {
  return (
    <div className={styles.tool}>
      <div className={styles.toolHead}>
        <Wrench size={13} aria-hidden="true" />
        <code>{plainLine(title ?? "unknown tool", 80)}</code>
        <span className={styles.space} />
        {aside}
      </div>
      {children}
    </div>
  );
}

/** One part of a message on its own; what we do not know is shown as JSON. */
export function PartBody({
  part,
  source,
}: {
  readonly part: MessagePart;
  readonly source: boolean;
}) {
  switch (part.type) {
    case "text":
      return <ValueView value={part.content} label="Text" source={source} />;
    case "reasoning":
      return (
        <details className={styles.reasoning}>
          <summary>Reasoning</summary>
          <ValueView value={part.content} label="Reasoning" source={source} />
        </details>
      );
    case "uri":
      return part.modality === "image" || part.mime_type?.startsWith("image/") ? (
        <ImageChip href={part.uri} text={part.mime_type ?? "image"} />
      ) : (
        <Attachment icon={<Link2 size={12} aria-hidden="true" />}>
          {hostOf(part.uri) ? (
            <SafeLink href={part.uri}>{part.mime_type ?? "link"}</SafeLink>
          ) : (
            plainLine(part.uri, 80)
          )}
        </Attachment>
      );
    case "blob":
      return (
        <Attachment icon={<Paperclip size={12} aria-hidden="true" />}>
          {plainLine(part.mime_type ?? part.modality ?? "data", 60)} ·{" "}
          {formatBytes(Math.floor(part.content.length * 0.75))}
        </Attachment>
      );
    case "file":
      return (
        <Attachment icon={<FileText size={12} aria-hidden="true" />}>
          {plainLine(
            [part.mime_type ?? part.modality ?? "file", part.file_id].filter(Boolean).join(" · "),
            100,
          )}
        </Attachment>
      );
    case "tool_call":
      return <ValueView value={part.arguments ?? null} label={part.name} source={source} />;
    case "tool_call_response":
      return <Response value={part.response} source={source} />;
    default:
      return <ValueView value={part.raw} label="Part" source={source} />;
  }
}

function Attachment({
  icon,
  children,
}: {
  readonly icon: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <span className={styles.attachment}>
      {icon} {children}
    </span>
  );
}

function RoleIcon({ role }: { readonly role: string }) {
  const icons: Record<string, typeof User> = {
    user: User,
    assistant: Bot,
    model: Bot,
    tool: Wrench,
    system: Settings2,
    developer: Settings2,
  };
  const Icon = icons[role.toLowerCase()] ?? MessageSquareCode;
  return <Icon size={14} aria-hidden="true" />;
}
