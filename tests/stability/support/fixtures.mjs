import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = new URL("../fixtures/", import.meta.url);

/** @param {string} name */
export const pathOf = (name) => fileURLToPath(new URL(name, FOLDER));

/** @param {string} name @returns {any} */
export const fixture = (name) => JSON.parse(readFileSync(pathOf(name), "utf8"));
