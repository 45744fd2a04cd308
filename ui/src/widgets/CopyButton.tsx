/** Copies a text; shows a tick for a moment. */

import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { IconButton } from "../kit/Button";
import { copyAndSay } from "./toast";

export function CopyButton({
  text,
  what,
  className,
}: {
  readonly text: string;
  readonly what: string;
  readonly className?: string;
}) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await copyAndSay(text, what);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <IconButton
      label={`Copy ${what}`}
      icon={copied ? <Check size={14} /> : <Copy size={14} />}
      onClick={copy}
      className={className}
    />
  );
}
