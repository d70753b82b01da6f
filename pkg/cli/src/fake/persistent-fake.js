// The fake Zoho for commands, which are a process each. What happened to it is kept in a file: a new process lets it
// happen again, at the times when it happened, and so has the same fake with the same clients, tokens and limits.

import { randomInt } from "node:crypto";
import { fileStore } from "grantkit/node";
import { Failure } from "../failure.js";
import { readText, writePrivately } from "../files.js";
import { SELF_CLIENT, WEB_CLIENT } from "./registered.js";

/** @typedef {import("grantkit/testing").FakeZoho} FakeZoho */

/**
 * Something that changed the fake.
 *
 * @typedef {{ at: number } & ({ code: { client_id: string, scope: string } } | { request: Sent })} Event
 * @typedef {{ method: string, url: string, headers: [string, string][], body: string }} Sent body in base64
 */

/**
 * @typedef {object} Journal
 * @property {1} grantkit_fake the version of the form
 * @property {number} seed
 * @property {number} began seconds since the epoch
 * @property {string[]} redirect_uris what logins registered
 * @property {Event[]} events
 */

/** @typedef {Awaited<ReturnType<typeof openWorld>>} World */

/** @param {string} path */
export async function openWorld(path) {
  // Read at once: what is wrong with the file is not told by a request that fails.
  await read(path);
  const store = fileStore(path);
  /** @type {{ fake: FakeZoho, now: number, done: number, redirect_uris: string } | undefined} */
  let running;

  /**
   * Brings this process's fake to where the journal ends, and then to this moment.
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
      await happen(running.fake, event);
      running.done += 1;
    }
    moveTo(running, Math.floor(Date.now() / 1000));
    return running;
  }

  /**
   * Does something with the fake while no other process does. What it returns beside the answer is written down.
   *
   * @template T
   * @param {(fake: FakeZoho, journal: Journal) => Promise<{ answer: T, event?: Omit<Event, "at"> | undefined, changed?: boolean }>} work
   */
  async function alone(work) {
    const run = async () => {
      const journal = await read(path);
      const world = await catchUp(journal);
      const { answer, event, changed } = await work(world.fake, journal);
      if (event) {
        journal.events.push(/** @type {Event} */ ({ at: world.now, ...event }));
        world.done += 1;
      }
      if (event || changed) await writePrivately(path, `${JSON.stringify(journal)}\n`);
      return answer;
    };
    return store.lock ? store.lock("fake", run) : run();
  }

  return {
    /** The client for `self-client`: known at one data centre alone, as Self Clients are. */
    selfClient: SELF_CLIENT,
    /** The client for `login`. */
    webClient: WEB_CLIENT,

    /** What the console's "Generate Code" gives. @param {string} [scope] */
    makeCode(scope = "ZohoCRM.modules.ALL,ZohoCRM.org.READ") {
      const code = { client_id: SELF_CLIENT.client_id, scope };
      return alone(async (fake) => ({ answer: fake.selfClientCode(code), event: { code } }));
    },

    /** As the console does when a redirect URI is added to the client. @param {string} redirect_uri */
    register(redirect_uri) {
      return alone(async (_, journal) => {
        const changed = !journal.redirect_uris.includes(redirect_uri);
        if (changed) journal.redirect_uris.push(redirect_uri);
        return { answer: undefined, changed };
      });
    },

    /** @param {string | URL} input @param {RequestInit} [init] */
    async fetch(input, init) {
      const request = new Request(input, init);
      const body = Buffer.from(await request.arrayBuffer()).toString("base64");
      const sent = { method: request.method, url: request.url, headers: [...request.headers], body };
      return alone(async (fake) => {
        const answer = await send(fake, sent);
        // A page that is read changes nothing; a list of the API promises its next page.
        const isPage = request.method === "GET" && new URL(request.url).pathname.startsWith("/oauth/");
        const event = isPage ? undefined : { request: sent };
        return { answer, event };
      });
    },
  };
}

/** @param {{ fake: FakeZoho, now: number }} running @param {number} time seconds */
function moveTo(running, time) {
  // The machine's clock may have been set back; the fake's goes one way.
  if (time <= running.now) return;
  running.fake.advance(time - running.now);
  running.now = time;
}

/** @param {FakeZoho} fake @param {Event} event */
async function happen(fake, event) {
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
    // Said below, as for any other content that is not understood.
  }
  throw new Failure("store", `${path} is not a fake Zoho that this version made: delete it to begin with a new one`);
}
