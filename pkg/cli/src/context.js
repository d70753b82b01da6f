// What every command works with: options, streams, the store, the client and the fake.

import { homedir } from "node:os";
import { TokenManager } from "grantkit";
import { fileStore } from "grantkit/node";
import { readable } from "../../record-fields.js";
import { clientOfGrant, createClient } from "./client-options.js";
import { clientsFile, loadClient, saveClient } from "./clients-file.js";
import { interrupted, usage } from "./failure.js";
import { openPersistentFake } from "./fake/persistent-fake.js";
import { profileOf } from "./options.js";
import { Output } from "./output.js";
import { grantsFile } from "./paths.js";
import { looseMode } from "./private-files.js";
import { quoted } from "./shell-quote.js";

/** @typedef {import("./clients-file.js").SavedClient} SavedClient */
/** @typedef {import("grantkit").TraceEvent} TraceEvent */
/** The version of the package, which the bundler puts here. */
export const VERSION = process.env.GRANTKIT_VERSION ?? "";

/** @typedef {{ fake: boolean, json: boolean, verbose: boolean }} Options */

/**
 * What a command returns.
 *
 * @typedef {object} Result
 * @property {Record<string, unknown>} facts for --json
 * @property {string} [text] for people; absent if the command printed its output itself
 * @property {number} [exit] default 0
 * @property {boolean} [isPrinted] true if the command printed the result itself
 */

export class Context {
  /** The saved client of the profile. @type {Promise<SavedClient | undefined> | undefined} */
  #saved;
  /** @type {Promise<import("./fake/persistent-fake.js").PersistentFake> | undefined} */
  #fake;

  /**
   * @param {import("commander").Command} command
   * @param {NodeJS.Process} process
   * @param {AbortSignal} signal aborted by Ctrl-C and SIGTERM
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
    // The fake reads no variable of a real account.
    const isRealFile = fake && command.getOptionValueSourceWithGlobals("file") === "env";
    this.file = grantsFile({ env, platform, home: homedir() }, { file: isRealFile ? undefined : file, fake });
    this.output = new Output({ stdout, stderr, env, json });
    /** Whether there is a terminal to ask at. stdout may be a pipe, because prompts go to stderr. */
    this.isInteractive = Boolean(stdin.isTTY && stderr.isTTY);
    this.store = fileStore(this.file);
    /** Replaces the runtime's fetch. @type {import("grantkit").ClientConfig["fetch"]} */
    this.fetch = fake ? async (url, init) => (await this.fakeZoho()).fetch(url, init) : undefined;
    /** @param {TraceEvent} event */
    this.trace = ({ step, url, status, durationMs, code }) => {
      if (!verbose || (durationMs === undefined && step !== "authorize")) return;
      const outcome = [status && `HTTP ${status}`, code, durationMs !== undefined && `${Math.round(durationMs)} ms`];
      this.output.note([step, url, ...outcome].filter(Boolean).join("  "));
    };
  }

  /** The options with which another command uses the same grant. */
  again() {
    const file = this.command.getOptionValueSourceWithGlobals("file") === "cli" ? ` --file ${quoted(this.file)}` : "";
    const profile = this.profile === "default" ? "" : ` --profile ${quoted(this.profile)}`;
    return `${this.options.fake ? " --fake" : ""}${profile}${file}`;
  }

  /** Seconds since the epoch. */
  now() {
    return Math.floor(Date.now() / 1000);
  }

  /** The fake Zoho, in the state in which earlier commands left it. */
  fakeZoho() {
    this.#fake ??= openPersistentFake(`${this.file}.fake`);
    return this.#fake;
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
    // Before the store reads its file, and narrows it.
    for (const path of [this.file, clientsFile(this.file)]) {
      const mode = await looseMode(path);
      if (mode)
        this.output.warn(
          `${path} holds secrets, and other users can access it (mode ${mode}): chmod 600 ${quoted(path)}`,
        );
    }
    const { fake } = this.options;
    // A grant that an application saved has no client beside it.
    const exists = saved !== undefined || (fake && (await this.store.load(this.profile)) !== undefined);
    if (exists && Boolean(saved?.fake) !== fake) {
      const next = fake ? "omit --fake, or give another --file or --profile" : "add --fake";
      const owner = fake ? "a real account" : "the fake Zoho";
      throw usage(`the profile "${this.profile}" in ${this.file} belongs to ${owner}: ${next}`);
    }
    return saved;
  }

  /** @param {SavedClient | undefined} client undefined to delete it */
  async saveClient(client) {
    const saved = client && { ...client, ...(this.options.fake && { fake: /** @type {const} */ (true) }) };
    await saveClient(this.store, this.file, this.profile, saved);
  }

  /** The stored record, for what a command reads or writes without a manager. Throws for one that a newer grantkit wrote. */
  async record() {
    return readable(this.profile, await this.store.load(this.profile));
  }

  /** The manager of the stored grant. */
  async manager() {
    if (this.options.fake) await this.fakeZoho();
    const saved = await clientOfGrant(this);
    const client = createClient(saved, this);
    return { saved, client, manager: new TokenManager(client, this.store, { key: this.profile }) };
  }
}
