/** The kinds of span: letters for print, and the token names of their colours. */

export const KINDS = {
  agent: "Ag",
  llm: "Lm",
  tool: "Tl",
  retrieval: "Rt",
  embedding: "Em",
  rerank: "Rr",
  step: "St",
  prompt: "Pr",
  guardrail: "Gd",
  evaluator: "Ev",
  memory: "Me",
  infra: "If",
} as const;

export type Kind = keyof typeof KINDS;

/** The kind a span is drawn as; a type we do not know is a step. */
export function kindOf(obsType: string | undefined): Kind {
  if (obsType !== undefined && obsType in KINDS) return obsType as Kind;
  const near: Record<string, Kind> = {
    chat: "llm",
    completion: "llm",
    generation: "llm",
    model: "llm",
    retriever: "retrieval",
    reranker: "rerank",
    chain: "step",
    workflow: "step",
    task: "step",
    span: "step",
    http: "infra",
    db: "infra",
    event: "step",
  };
  return near[obsType ?? ""] ?? "step";
}

/** The CSS custom property of a kind's colour. */
export function kindColor(kind: Kind, part: "fill" | "text" | "bg"): string {
  return `var(--kind-${kind}-${part})`;
}
