// Rewrites the snapshots of the declarations: the half of `cargo xtask snapshot` that is in JavaScript.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { declarations } from "./support/declarations.mjs";

const FOLDER = new URL("./snapshots/", import.meta.url);
mkdirSync(FOLDER, { recursive: true });
for (const name of readdirSync(FOLDER)) if (name.endsWith(".d.ts")) rmSync(new URL(name, FOLDER));
for (const [name, text] of declarations()) writeFileSync(new URL(name, FOLDER), text);
