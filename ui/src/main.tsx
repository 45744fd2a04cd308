/** Starts the UI. */

// First, because it sets the order of the style layers.
import "./tokens.css";
import "./base.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { retryable } from "./api/queries";
import { router } from "./router";

const client = new QueryClient({
  defaultOptions: { queries: { retry: retryable, refetchOnWindowFocus: false } },
});

const place = document.getElementById("root");
if (place) {
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
