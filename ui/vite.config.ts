// Builds the static files that the binary embeds; in development it proxies the API to a running server.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.CLEW_SERVER ?? "http://127.0.0.1:4318";

const target = { target: server, changeOrigin: true };
const proxy = { "/api": target, "/v1": target };

/** What the binary sends, so that `vite preview` shows a violation too. */
const csp =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

export default defineConfig({
  plugins: [react()],
  server: { port: 5173, proxy },
  preview: { port: 4173, proxy, headers: { "content-security-policy": csp } },
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}", "tests/unit/**/*.test.{ts,tsx}"],
  },
});
