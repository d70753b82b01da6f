// Holds the clock and the randomness of a process still. Imported by the script that makes the fixtures, and by
// `node --import` into the command line, where GRANTKIT_TEST_NOW is the time in seconds.

import crypto, { createHash } from "node:crypto";
import { syncBuiltinESMExports } from "node:module";

/** Seconds since the epoch at which every fixture was made. */
export const NOW = 1_800_000_000;

/** The time of this process, in seconds; tests move it. */
export const time = { now: Number(process.env.GRANTKIT_TEST_NOW ?? NOW) };

let drawn = 0;

/** Bytes that are the same in each run, and differ from draw to draw. @param {number} length */
function bytes(length) {
  drawn += 1;
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash("sha256").update(`${drawn} ${index}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

/** Makes it so. */
export function holdStill() {
  Date.now = () => time.now * 1000;
  Math.random = () => 0.5;
  /** @param {any} array */
  globalThis.crypto.getRandomValues = (array) => {
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(bytes(array.byteLength));
    return array;
  };
  // The seed of the command line's fake.
  /** @type {any} */ (crypto).randomInt = () => 7;
  syncBuiltinESMExports();
}
