// The time by the `clock` of the configuration.

import { invalid } from "./check.js";

/** @param {{ clock: () => number }} settings */
export function milliseconds({ clock }) {
  const now = clock();
  if (!Number.isFinite(now)) throw invalid("clock returned no number: return milliseconds, as Date.now does");
  return now;
}

/** @param {{ clock: () => number }} settings */
export function seconds(settings) {
  return Math.floor(milliseconds(settings) / 1000);
}
