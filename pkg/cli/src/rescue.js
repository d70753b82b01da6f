// Rescues a new grant that could not be saved or printed. A code works once, so its tokens are the only copy.

import { randomUUID } from "node:crypto";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { OAuthError } from "grantkit";
import { createClient } from "./client-options.js";
import { describe, Failure } from "./failure.js";
import { writePrivately } from "./private-files.js";

/** @typedef {import("./context.js").Context} Context */

/**
 * Runs some work with a new grant. If it fails, the grant is written to a file that the error names, or revoked.
 *
 * @template T
 * @param {Context} context
 * @param {import("./client-options.js").Client} client
 * @param {import("grantkit").TokenSet} tokens
 * @param {() => string} text the content of that file
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withRescue(context, client, tokens, text, work) {
  try {
    return await work();
  } catch (cause) {
    // The manager wraps the error of the store for programs that go on.
    const inner = Object(cause).cause;
    const { message } = describe(inner instanceof OAuthError ? inner : cause);
    const hints = (await writeRescueFile(text)) ?? (await revoke(context, client, tokens));
    throw new Failure("store", message, { cause, hints });
  }
}

/** @param {() => string} text */
async function writeRescueFile(text) {
  for (const folder of [homedir(), tmpdir()]) {
    const path = join(folder, `grantkit-rescued-${randomUUID()}`);
    try {
      await writePrivately(path, `${text()}\n`);
      return [
        `The new grant is in ${path} instead, with its refresh token: copy it from there, then delete that file.`,
      ];
    } catch {
      // The next folder may be on another disk.
    }
  }
  return undefined;
}

/** @param {Context} context @param {import("./client-options.js").Client} client @param {import("grantkit").TokenSet} tokens */
async function revoke(context, client, tokens) {
  try {
    await createClient(client, context).revoke(tokens);
    return ["No other file could be written, so the new grant was revoked: free some space, and connect again."];
  } catch {
    return [
      "No other file could be written, and Zoho did not revoke the new grant, so it is lost and stays valid: remove the",
      "application from the connected apps of the Zoho account.",
    ];
  }
}
