import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { errorTable } from "./build/error-table.js";

const README = fileURLToPath(new URL("../../README.md", import.meta.url));
const ERRORS = "virtual:errors";
/** Files without a hash in their names, because the Worker's error page refers to them. */
const UNHASHED = new Set(["style.css", "icon.svg"]);

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  publicDir: false,
  logLevel: "warn",
  plugins: [
    {
      name: "error-codes-of-the-readme",
      resolveId: (id) => (id === ERRORS ? `\0${ERRORS}` : undefined),
      load(id) {
        if (id !== `\0${ERRORS}`) return undefined;
        this.addWatchFile(README);
        return `export default ${JSON.stringify(errorTable(readFileSync(README, "utf8")))}`;
      },
    },
  ],
  build: {
    outDir: fileURLToPath(new URL("../../target/www/page", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    // The first versions with light-dark().
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // The Content-Security-Policy allows no data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    rolldownOptions: {
      output: {
        assetFileNames: ({ names: [name = ""] }) => (UNHASHED.has(name) ? name : "assets/[name]-[hash][extname]"),
      },
    },
  },
});
