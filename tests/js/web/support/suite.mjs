import { attempts } from "./attempts.mjs";
import { rejections } from "./rejections.mjs";
import { settings } from "./settings.mjs";

/** The tests for every runtime. */
export const suite = [...attempts, ...rejections, ...settings];
