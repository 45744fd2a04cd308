/** The address of the page as a link that means the same later. */

import { pinRange, type TimeRange, tokenOfRange } from "../base/range";
import { textOfSearch } from "../base/search";
import { nowNanos } from "../base/time";

/** The address with a rolling range pinned to what it covers now. */
export function pinnedLink(range: TimeRange): string {
  const url = new URL(location.href);
  const token = tokenOfRange(pinRange(range, nowNanos()));
  const search = { ...Object.fromEntries(url.searchParams), t: token };
  return `${url.origin}${url.pathname}${textOfSearch(search)}`;
}
