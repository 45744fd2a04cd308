// Builds the static files that the binary embeds; in development it proxies the API to a running server.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.CLEW_SERVER ?? "http://127.0.0.1:4318";

export default defineConfig({
  plugins: [react()],
  server: { port: 5173, proxy: { "/api": { target: server, changeOrigin: true } } },
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}", "tests/unit/**/*.test.ts"],
  },
});
