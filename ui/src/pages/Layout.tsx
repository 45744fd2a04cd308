/** What every page shares: the shell around it. */

import { Outlet } from "@tanstack/react-router";
import { Shell } from "../features/shell/Shell";

export function Layout() {
  return (
    <Shell>
      <Outlet />
    </Shell>
  );
}
