import assert from "node:assert/strict";
import { SELF_CLIENT, WEB_CLIENT } from "../../../www/local/fake-zoho.mjs";

/**
 * A user of the demo, as either browser's fixture creates it.
 *
 * @typedef {object} User
 * @property {{ url(): string, evaluate(run: () => Promise<Record<string, string>>): Promise<Record<string, string>> }} page
 * @property {{ cookies(origin: string): Promise<{ name: string, value: string, httpOnly?: boolean | undefined }[]> }} context
 * @property {string[]} consoleMessages
 * @property {Promise<string>[]} responses
 */

/**
 * Asserts that nothing that a script of the page can read contains a token, a code or a secret.
 *
 * @param {{ demo: { origin: string, keys: string }, issued: { secrets: Set<string> } }} fixture
 * @param {User} user
 */
export async function assertNoSecret({ demo, issued }, { page, context, consoleMessages, responses }) {
  assert.ok(issued.secrets.size >= 3, "the fake has issued at least a code and two tokens");
  const secrets = [...issued.secrets, WEB_CLIENT.client_secret, SELF_CLIENT.client_secret, demo.keys];
  const contents = await page.evaluate(async () => {
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
  const texts = {
    ...contents,
    consoleMessages: consoleMessages.join("\n"),
    responses: (await Promise.all(responses)).join("\n"),
  };
  for (const [name, text] of Object.entries(texts)) {
    for (const secret of secrets) assert.equal(text.includes(secret), false, `${name} contains a secret`);
    // The message of assert.doesNotMatch would contain the whole text.
    assert.equal(/1000\.[0-9a-f]{32}/.exec(text)?.[0], undefined, `${name} contains what looks like a token`);
  }
  assert.equal(contents.cookies, "", "scripts cannot read the cookies");
  assert.equal(new URL(page.url()).search, "");
  for (const cookie of await context.cookies(demo.origin)) {
    assert.equal(cookie.httpOnly, true, cookie.name);
    for (const secret of secrets) assert.equal(cookie.value.includes(secret), false, cookie.name);
  }
}
