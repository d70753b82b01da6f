import assert from "node:assert/strict";
import { SELF_CLIENT, WEB_CLIENT } from "../../../www/local/fake-zoho.mjs";

/**
 * What the drivers of both browsers have.
 *
 * @typedef {object} Person
 * @property {{ url(): string, evaluate(work: () => Promise<Record<string, string>>): Promise<Record<string, string>> }} page
 * @property {{ cookies(origin: string): Promise<{ name: string, value: string, httpOnly?: boolean | undefined }[]> }} context
 * @property {string[]} printed
 * @property {Promise<string>[]} answers
 */

/**
 * Nothing that a script of the page could reach, or that a person could see, holds a token, a code or a secret.
 *
 * @param {{ demo: { origin: string, keys: string }, heard: { secrets: Set<string> } }} stage
 * @param {Person} person
 */
export async function assertNoSecret({ demo, heard }, { page, context, printed, answers }) {
  assert.ok(heard.secrets.size >= 3, "the fake has handed out a code and two tokens at least");
  const secrets = [...heard.secrets, WEB_CLIENT.client_secret, SELF_CLIENT.client_secret, demo.keys];
  const reached = await page.evaluate(async () => {
    const fields = [...document.querySelectorAll("input, textarea")].map((field) => Reflect.get(field, "value"));
    return {
      page: document.documentElement.outerHTML,
      fields: fields.join("\n"),
      address: location.href + JSON.stringify(history.state) + document.referrer,
      storage: JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
      databases: JSON.stringify([await indexedDB.databases(), await caches.keys()]),
      cookies: document.cookie,
      requests: performance
        .getEntries()
        .map(({ name }) => name)
        .join("\n"),
    };
  });
  const places = { ...reached, printed: printed.join("\n"), answers: (await Promise.all(answers)).join("\n") };
  for (const [place, text] of Object.entries(places)) {
    for (const secret of secrets) assert.equal(text.includes(secret), false, `${place} holds a secret`);
    // Not by assert.doesNotMatch, which would print the whole place.
    assert.equal(/1000\.[0-9a-f]{32}/.exec(text)?.[0], undefined, `${place} holds what looks like a token`);
  }
  assert.equal(reached.cookies, "", "cookies are for the server alone");
  assert.equal(new URL(page.url()).search, "");
  for (const cookie of await context.cookies(demo.origin)) {
    assert.equal(cookie.httpOnly, true, cookie.name);
    for (const secret of secrets) assert.equal(cookie.value.includes(secret), false, cookie.name);
  }
}
