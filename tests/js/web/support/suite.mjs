import { attempts } from "./attempts.mjs";
import { refusals } from "./refusals.mjs";
import { settings } from "./settings.mjs";

/** What holds in every runtime. */
export const suite = [...attempts, ...refusals, ...settings];
