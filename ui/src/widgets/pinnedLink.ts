/** The address of the page as a link that means the same later. */

import { pinRange, type TimeRange, tokenOfRange } from "../base/range";
import { fitsLink, type RawSearch, textOfSearch } from "../base/search";
import { nowNanos } from "../base/time";

/**
 * The address with all that the page shows, a rolling range pinned to what it covers now. What is
 * too long for a link has a name, which the address says already.
 */
export function pinnedLink(range: TimeRange, shown: RawSearch): string {
  if (!Object.values(shown).every((value) => fitsLink(String(value ?? "")))) return location.href;
  const url = new URL(location.href);
  const token = tokenOfRange(pinRange(range, nowNanos()));
  const search = { ...Object.fromEntries(url.searchParams), ...shown, t: token };
  return `${url.origin}${url.pathname}${textOfSearch(search)}`;
}
