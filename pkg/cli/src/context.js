// What every command works with.

import { homedir } from "node:os";
import { TokenManager } from "grantkit";
import { fileStore } from "grantkit/node";
import { clientOfGrant, openClient } from "./client.js";
import { clientsFile, loadClient, saveClient } from "./clients-file.js";
import { interrupted, usage } from "./failure.js";
import { openWorld } from "./fake/world.js";
import { looseMode } from "./files.js";
import { profileOf } from "./options.js";
import { Output } from "./output.js";
import { grantsFile } from "./places.js";
import { quoted } from "./shell.js";

/** @typedef {import("./clients-file.js").SavedClient} SavedClient */
/** @typedef {import("grantkit").TraceEvent} TraceEvent */
/** Of the package; put here when the bundle is made. */
export const VERSION = process.env.GRANTKIT_VERSION ?? "";

/** @typedef {{ fake: boolean, json: boolean, verbose: boolean }} Options */

/**
 * What a command returns.
 *
 * @typedef {object} Result
 * @property {Record<string, unknown>} facts for --json
 * @property {string} [text] for people; nothing where the command printed what it had to
 * @property {number} [exit] 0 unless said otherwise
 * @property {boolean} [isPrinted] whether the command has printed it
 */

export class Context {
  /** The profile's client as it is on disk. @type {Promise<SavedClient | undefined> | undefined} */
  #saved;
  /** @type {Promise<import("./fake/world.js").World> | undefined} */
  #world;

  /**
   * @param {import("commander").Command} command
   * @param {NodeJS.Process} process
   * @param {AbortSignal} signal aborted when the user ends the program
   */
  constructor(command, { stdin, stdout, stderr, env, platform }, signal) {
    const { fake = false, json = false, verbose = false, file, profile } = command.optsWithGlobals();
    this.command = command;
    this.version = VERSION;
    this.signal = signal;
    this.env = env;
    this.stdin = stdin;
    /** @type {Options} */
    this.options = { fake, json, verbose };
    this.profile = profileOf(profile);
    // With the fake, the variables of a real account stay out of it.
    const isOfAccount = fake && command.getOptionValueSourceWithGlobals("file") === "env";
    this.file = grantsFile({ env, platform, home: homedir() }, { file: isOfAccount ? undefined : file, fake });
    this.output = new Output({ stdout, stderr, env, json });
    /** Whether there is somebody to ask. stdout may be a pipe all the same, since prompts go to stderr. */
    this.isInteractive = Boolean(stdin.isTTY && stderr.isTTY);
    this.store = fileStore(this.file);
    /** In place of the runtime's own. @type {import("grantkit").ClientConfig["fetch"]} */
    this.fetch = fake ? async (url, init) => (await this.world()).fetch(url, init) : undefined;
    /** @param {TraceEvent} event */
    this.trace = ({ step, url, status, durationMs, code }) => {
      if (!verbose || (durationMs === undefined && step !== "authorize")) return;
      const outcome = [status && `HTTP ${status}`, code, durationMs !== undefined && `${Math.round(durationMs)} ms`];
      this.output.note([step, url, ...outcome].filter(Boolean).join("  "));
    };
  }

  /** The options that lead another command to the same grant. */
  again() {
    const file = this.command.getOptionValueSourceWithGlobals("file") === "cli" ? ` --file ${quoted(this.file)}` : "";
    const profile = this.profile === "default" ? "" : ` --profile ${quoted(this.profile)}`;
    return `${this.options.fake ? " --fake" : ""}${profile}${file}`;
  }

  /** Seconds since the epoch. */
  now() {
    return Math.floor(Date.now() / 1000);
  }

  /** The fake Zoho, as earlier commands left it. */
  world() {
    this.#world ??= openWorld(`${this.file}.fake`);
    return this.#world;
  }

  async prompts() {
    const { createPrompts } = await import("./interactive.js");
    return createPrompts({ input: this.stdin, output: this.output.stderr, signal: this.signal }, interrupted);
  }

  /** @returns {Promise<SavedClient | undefined>} */
  savedClient() {
    this.#saved ??= this.#load();
    return this.#saved;
  }

  async #load() {
    const saved = await loadClient(this.file, this.profile);
    const { fake } = this.options;
    // What an application keeps has no client beside it.
    const isKept = saved !== undefined || (fake && (await this.store.load(this.profile)) !== undefined);
    if (isKept && Boolean(saved?.fake) !== fake) {
      const next = fake ? "leave --fake out, or give another --file or --profile" : "add --fake";
      const whose = fake ? "a real account" : "the fake Zoho";
      throw usage(`the profile "${this.profile}" in ${this.file} is of ${whose}: ${next}`);
    }
    for (const path of [this.file, clientsFile(this.file)]) {
      const mode = await looseMode(path);
      if (mode)
        this.output.warn(`${path} holds secrets, and others may use it (mode ${mode}): chmod 600 ${quoted(path)}`);
    }
    return saved;
  }

  /** @param {SavedClient | undefined} client nothing to forget it */
  async saveClient(client) {
    const kept = client && { ...client, ...(this.options.fake && { fake: /** @type {const} */ (true) }) };
    await saveClient(this.store, this.file, this.profile, kept);
  }

  /** The manager of the stored grant. */
  async manager() {
    if (this.options.fake) await this.world();
    const saved = await clientOfGrant(this);
    const client = openClient(saved, this);
    return { saved, client, manager: new TokenManager(client, this.store, { key: this.profile }) };
  }
}
