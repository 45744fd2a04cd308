/** `/`: goes to the traces of the project visited last. */

import { Navigate } from "@tanstack/react-router";
import { settings } from "../base/settings";
import { paths } from "../paths";

export function HomePage() {
  return <Navigate {...paths.traces(settings().lastProject)} replace />;
}
