/** Costs as the grid writes them, and how wide their column must be: a cut price would be a lie. */

import { formatCost } from "../../base/format";
import { costOfNode, type DisplayTree } from "./tree";

const COLUMN_PIXELS_MIN = 54;
const CHARACTER_PIXELS = 7;
const MARGIN_PIXELS = 10;
/** Enough to meet the smallest and the largest prices of a trace. */
const MEASURED_NODES_MAX = 2000;

/** Zeros that say nothing are left out of a column: `$0.034`, but `$0.50`. */
export function cellCost(cost: ReturnType<typeof costOfNode>): string {
  if (cost.status === "none") return "";
  return formatCost(cost.usd, cost.status).replace(/(\.\d{2,}?)0+$/, "$1");
}

/** The width that the longest cost of a trace needs. */
export function costColumnPixels(tree: DisplayTree): number {
  let characters = 0;
  for (let node = 0; node < Math.min(tree.nodeCount, MEASURED_NODES_MAX); node++) {
    characters = Math.max(characters, cellCost(costOfNode(tree, node)).length);
  }
  return Math.max(COLUMN_PIXELS_MIN, characters * CHARACTER_PIXELS + MARGIN_PIXELS);
}
