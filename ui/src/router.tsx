/** The routes. Pages load lazily; search parameters are flat, typed texts. */

import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";
import {
  type FirstRunSearch,
  type QuerySearch,
  searchFromText,
  type TraceSearch,
  type TracesSearch,
  textOfSearch,
  traceSearch,
} from "./base/search";
import { FailedPage } from "./pages/FailedPage";
import { HomePage } from "./pages/HomePage";
import { Layout } from "./pages/Layout";
import { MissingPage } from "./pages/MissingPage";
import { TracesPage } from "./pages/TracesPage";

const root = createRootRoute({ component: Layout, notFoundComponent: MissingPage });

const home = createRoute({ getParentRoute: () => root, path: "/", component: HomePage });

const traces = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/traces",
  // The page reads the values itself, so that it can say which of them cannot be used; checked
  // here, they would be taken out of the address first.
  validateSearch: (raw): TracesSearch & FirstRunSearch => raw,
  component: TracesPage,
});

const trace = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/traces/$traceId",
  validateSearch: (raw): TraceSearch => raw,
  component: lazyRouteComponent(() => import("./pages/TracePage"), "TracePage"),
});

const query = createRoute({
  getParentRoute: () => root,
  path: "/p/$project/query",
  validateSearch: (raw): QuerySearch => raw,
  component: lazyRouteComponent(() => import("./pages/QueryPage"), "QueryPage"),
});

const system = createRoute({
  getParentRoute: () => root,
  path: "/system",
  component: lazyRouteComponent(() => import("./pages/SystemPage"), "SystemPage"),
});

const permalink = createRoute({
  getParentRoute: () => root,
  path: "/t/$traceId",
  validateSearch: traceSearch,
  component: lazyRouteComponent(() => import("./pages/PermalinkPage"), "PermalinkPage"),
});

const basepath = import.meta.env.BASE_URL;

export const router = createRouter({
  routeTree: root.addChildren([home, traces, trace, query, system, permalink]),
  basepath,
  parseSearch: searchFromText,
  stringifySearch: textOfSearch,
  defaultErrorComponent: FailedPage,
  defaultPreload: "intent",
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
