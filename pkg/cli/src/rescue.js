// Where a new grant goes that could not be kept or printed. A code works once, so what it brought is the only copy.

import { randomUUID } from "node:crypto";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { OAuthError } from "grantkit";
import { openClient } from "./client.js";
import { describe, Failure } from "./failure.js";
import { writePrivately } from "./files.js";

/** @typedef {import("./context.js").Context} Context */

/**
 * Does something with a new grant. Where that fails, the grant is in a file that the failure names, or revoked.
 *
 * @template T
 * @param {Context} context
 * @param {import("./client.js").Client} client
 * @param {import("grantkit").TokenSet} tokens
 * @param {() => string} text the grant for that file
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function orRescued(context, client, tokens, text, work) {
  try {
    return await work();
  } catch (cause) {
    // The library's own words over it are for programs that go on.
    const inner = Object(cause).cause;
    const { message } = describe(inner instanceof OAuthError ? inner : cause);
    const hints = (await written(text)) ?? (await revoked(context, client, tokens));
    throw new Failure("store", message, { cause, hints });
  }
}

/** @param {() => string} text */
async function written(text) {
  for (const folder of [homedir(), tmpdir()]) {
    const path = join(folder, `grantkit-rescued-${randomUUID()}`);
    try {
      await writePrivately(path, `${text()}\n`);
      return [
        `The new grant is in ${path} instead, with its refresh token: take it from there, then delete that file.`,
      ];
    } catch {
      // Another folder may be of another disk.
    }
  }
  return undefined;
}

/** @param {Context} context @param {import("./client.js").Client} client @param {import("grantkit").TokenSet} tokens */
async function revoked(context, client, tokens) {
  try {
    await openClient(client, context).revoke(tokens);
    return ["No other file could be written, so the new grant was revoked: make room, and connect again."];
  } catch {
    return [
      "No other file could be written, and Zoho did not revoke it: the new grant is lost, and lives on until the user",
      "removes the application among the connected apps of the Zoho account.",
    ];
  }
}
