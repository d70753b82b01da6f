// A fake Zoho that outlives a process, since each command is one. Its events are saved in a journal. A command replays them
// at their recorded times, and then has the same fake, with the same clients, tokens and limits.

import { randomInt } from "node:crypto";
import { fileStore } from "grantkit/node";
import { Failure } from "../failure.js";
import { readText, writePrivately } from "../private-files.js";
import { SELF_CLIENT, WEB_CLIENT } from "./clients.js";

/** @typedef {import("grantkit/testing").FakeZoho} FakeZoho */

/**
 * An event that changed the fake.
 *
 * @typedef {{ at: number } & ({ code: { client_id: string, scope: string } } | { request: Sent })} Event
 * @typedef {{ method: string, url: string, headers: [string, string][], body: string }} Sent body in base64
 */

/**
 * @typedef {object} Journal
 * @property {1} grantkit_fake the version of the format
 * @property {number} seed
 * @property {number} began seconds since the epoch
 * @property {string[]} redirect_uris registered by logins
 * @property {Event[]} events
 */

/** @typedef {Awaited<ReturnType<typeof openPersistentFake>>} PersistentFake */

/** @param {string} path */
export async function openPersistentFake(path) {
  // Reads the journal now, so that an invalid file is not reported as a failed request.
  await read(path);
  const store = fileStore(path);
  /** @type {{ fake: FakeZoho, now: number, done: number, redirect_uris: string } | undefined} */
  let running;

  /**
   * Replays the rest of the journal, and advances the clock of the fake to now.
   *
   * @param {Journal} journal
   */
  async function catchUp(journal) {
    const redirect_uris = journal.redirect_uris.join(" ");
    if (!running || running.redirect_uris !== redirect_uris || running.done > journal.events.length) {
      const { fakeZoho } = await import("grantkit/testing");
      const fake = await fakeZoho({
        clients: [SELF_CLIENT, { ...WEB_CLIENT, redirect_uris: journal.redirect_uris }],
        seed: journal.seed,
        now: journal.began,
      });
      running = { fake, now: journal.began, done: 0, redirect_uris };
    }
    for (const event of journal.events.slice(running.done)) {
      moveTo(running, event.at);
      await replay(running.fake, event);
      running.done += 1;
    }
    moveTo(running, Math.floor(Date.now() / 1000));
    return running;
  }

  /**
   * Runs some work with the fake while no other process uses it, and saves the event that it returns.
   *
   * @template T
   * @param {(fake: FakeZoho, journal: Journal) => Promise<{ result: T, event?: Omit<Event, "at"> | undefined, changed?: boolean }>} work
   */
  async function exclusively(work) {
    const run = async () => {
      const journal = await read(path);
      const current = await catchUp(journal);
      const { result, event, changed } = await work(current.fake, journal);
      if (event) {
        journal.events.push(/** @type {Event} */ ({ at: current.now, ...event }));
        current.done += 1;
      }
      if (event || changed) await writePrivately(path, `${JSON.stringify(journal)}\n`);
      return result;
    };
    return store.lock ? store.lock("fake", run) : run();
  }

  return {
    /** The client of `self-client`, registered at one data centre only, as Self Clients are. */
    selfClient: SELF_CLIENT,
    /** The client of `login`. */
    webClient: WEB_CLIENT,

    /** The code that the console's "Generate Code" makes. @param {string} [scope] */
    makeCode(scope = "ZohoCRM.modules.ALL,ZohoCRM.org.READ") {
      const code = { client_id: SELF_CLIENT.client_id, scope };
      return exclusively(async (fake) => ({ result: fake.selfClientCode(code), event: { code } }));
    },

    /** Adds a redirect URI to the client of `login`, as the console does. @param {string} redirect_uri */
    register(redirect_uri) {
      return exclusively(async (_, journal) => {
        const changed = !journal.redirect_uris.includes(redirect_uri);
        if (changed) journal.redirect_uris.push(redirect_uri);
        return { result: undefined, changed };
      });
    },

    /** @param {string | URL} input @param {RequestInit} [init] */
    async fetch(input, init) {
      const request = new Request(input, init);
      const body = Buffer.from(await request.arrayBuffer()).toString("base64");
      const sent = { method: request.method, url: request.url, headers: [...request.headers], body };
      return exclusively(async (fake) => {
        const result = await send(fake, sent);
        // A GET of a page changes nothing. A GET of the API may issue a page token.
        const isPage = request.method === "GET" && new URL(request.url).pathname.startsWith("/oauth/");
        const event = isPage ? undefined : { request: sent };
        return { result, event };
      });
    },
  };
}

/** @param {{ fake: FakeZoho, now: number }} running @param {number} time seconds */
function moveTo(running, time) {
  // The machine's clock may have been set back. The fake's only advances.
  if (time <= running.now) return;
  running.fake.advance(time - running.now);
  running.now = time;
}

/** @param {FakeZoho} fake @param {Event} event */
async function replay(fake, event) {
  if ("code" in event) fake.selfClientCode(event.code);
  else await send(fake, event.request);
}

/** @param {FakeZoho} fake @param {Sent} sent */
function send(fake, { method, url, headers, body }) {
  return fake.fetch(url, { method, headers, ...(body && { body: Buffer.from(body, "base64") }) });
}

/** @param {string} path @returns {Promise<Journal>} */
async function read(path) {
  const text = await readText(path);
  if (text === undefined) {
    return {
      grantkit_fake: 1,
      seed: randomInt(2 ** 32),
      began: Math.floor(Date.now() / 1000),
      redirect_uris: [],
      events: [],
    };
  }
  try {
    const journal = JSON.parse(text);
    if (journal?.grantkit_fake === 1 && Array.isArray(journal.events)) return journal;
  } catch {
    // Reported below, as any other invalid content.
  }
  throw new Failure("store", `${path} is not a fake Zoho that this version wrote: delete it to start with a new one`);
}
