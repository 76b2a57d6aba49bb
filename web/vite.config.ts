import react from "@vitejs/plugin-react";
import { loadEnv, type Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { en } from "./src/i18n/en.ts";
import { zh } from "./src/i18n/zh.ts";

/** The words that the screens have for acts, positions and rights, for paper that the server prints. */
function words(): Plugin {
  return {
    name: "words",
    apply: "build",
    generateBundle() {
      const of = ({ act, action, position, purpose, acts, org, emergency, record, alarm, storageFault, handover }: typeof zh | typeof en) => ({ act, action, position, purpose, dutyCategory: record.category, verdict: acts.verdict, chapter: acts.chapter, cause: emergency.causes, alarm, storageFault, handover, handoverThing: handover.thing, grade: { grade_1: org.grade_1, grade_2: org.grade_2, grade_3: org.grade_3, grade_4: org.grade_4 } });
      this.emitFile({ type: "asset", fileName: "print/words.json", source: JSON.stringify({ zh: of(zh), en: of(en) }) });
    },
  };
}

export default defineConfig(({ mode }) => {
  // The API server during development; `npm run dev` proxies to it.
  const server = loadEnv(mode, ".", "WATCHROOM_").WATCHROOM_SERVER ?? "http://127.0.0.1:8080";
  return {
    plugins: [react(), words()],
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
