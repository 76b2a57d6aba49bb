import react from "@vitejs/plugin-react";
import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => {
  // The API server during development; `npm run dev` proxies to it.
  const server = loadEnv(mode, ".", "WATCHROOM_").WATCHROOM_SERVER ?? "http://127.0.0.1:8080";
  return {
    plugins: [react()],
    server: { proxy: { "/api": { target: server, ws: true } } },
    build: {
      outDir: "dist",
      // The folder holds .keep, which is in the repository: Go must build before npm
      // has run. `npm run build` removes what an earlier build left.
      emptyOutDir: false,
      target: "es2022",
      chunkSizeWarningLimit: 1200,
    },
    test: { include: ["src/**/*.test.ts"], environment: "node" },
  };
});
