/** The kind of a span: icon and colour, always both. */

import {
  Bot,
  Brain,
  Grid3x3,
  ListOrdered,
  type LucideIcon,
  Network,
  Scale,
  ScrollText,
  Search,
  ShieldCheck,
  Sparkles,
  Workflow,
  Wrench,
} from "lucide-react";
import { type Kind, kindColor } from "../base/kinds";
import styles from "./KindIcon.module.css";

const ICONS: Record<Kind, LucideIcon> = {
  agent: Bot,
  llm: Sparkles,
  tool: Wrench,
  retrieval: Search,
  embedding: Grid3x3,
  rerank: ListOrdered,
  step: Workflow,
  prompt: ScrollText,
  guardrail: ShieldCheck,
  evaluator: Scale,
  memory: Brain,
  infra: Network,
};

export function KindIcon({ kind, size = 16 }: { readonly kind: Kind; readonly size?: number }) {
  const Icon = ICONS[kind];
  return (
    <span
      role="img"
      aria-label={kind}
      className={styles.tile}
      style={{
        color: kindColor(kind, "text"),
        background: kindColor(kind, "bg"),
        width: size,
        height: size,
      }}
    >
      <Icon size={Math.round(size * 0.7)} />
    </span>
  );
}
