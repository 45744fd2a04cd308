/** What is selected when a trace opens, and where the keys for errors lead. */

import { at, spanAt } from "./model";
import { type DisplayTree, idOfNode, isMissing } from "./tree";

/** The span to select first: the one asked for, else the deepest failure, else the root. */
export function openingSpan(
  tree: DisplayTree,
  asked: string | undefined,
  rootId: string | undefined,
): string | undefined {
  const { model } = tree;
  if (asked !== undefined && model.indexOfId.has(asked)) return asked;
  const failed = deepestError(tree);
  if (failed !== undefined) return idOfNode(tree, failed);
  if (rootId !== undefined && model.indexOfId.has(rootId)) return rootId;
  const first = model.order[0];
  return first === undefined ? undefined : spanAt(model, first).span_id;
}

/** Of the deepest failing spans the last to start: the one after which nothing was tried again. */
function deepestError(tree: DisplayTree): number | undefined {
  let found: number | undefined;
  for (const node of tree.model.order) {
    if (spanAt(tree.model, node).status !== "error") continue;
    if (found === undefined || at(tree.depth, node) >= at(tree.depth, found)) found = node;
  }
  return found;
}

/** The next failing span after (step 1) or before (step -1) a node, in tree order, round the ends. */
export function errorBeside(
  tree: DisplayTree,
  node: number | undefined,
  step: 1 | -1,
): number | undefined {
  const errors = errorsInTreeOrder(tree);
  if (errors.nodes.length === 0) return undefined;
  const here = node === undefined ? -1 : (errors.place.get(node) ?? -1);
  const ahead = errors.nodes.filter(({ place }) => (step === 1 ? place > here : place < here));
  const next = step === 1 ? ahead[0] : ahead.at(-1);
  return (next ?? (step === 1 ? errors.nodes[0] : errors.nodes.at(-1)))?.node;
}

function errorsInTreeOrder(tree: DisplayTree) {
  const nodes: { node: number; place: number }[] = [];
  const place = new Map<number, number>();
  const stack = Array.from(tree.childrenOf(-1)).reverse();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    place.set(node, place.size);
    if (!isMissing(tree, node) && spanAt(tree.model, node).status === "error") {
      nodes.push({ node, place: place.size - 1 });
    }
    const below = tree.childrenOf(node);
    for (let last = below.length - 1; last >= 0; last--) stack.push(at(below, last));
  }
  return { nodes, place };
}
