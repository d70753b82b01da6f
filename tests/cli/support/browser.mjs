// A minimal browser: opens the consent page, submits its form, and follows the redirects.

import { fileURLToPath } from "node:url";

/**
 * @param {string} url
 * @param {string | undefined} user who approves; undefined to refuse
 * @returns {Promise<{ url: string, text: string }>} the last page
 */
export async function consent(url, user) {
  const response = await decide(url, user);
  return { url: response.url, text: await response.text() };
}

/** Submits the form. @param {string} url @param {string | undefined} user @param {RequestRedirect} [redirect] */
export async function decide(url, user, redirect = "follow") {
  const page = await (await fetch(url)).text();
  const form = new URLSearchParams();
  for (const [, name = "", value = ""] of page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)) {
    form.append(name, value.replaceAll("&amp;", "&"));
  }
  if (user) form.append("user", user);
  form.append("decision", user ? "approve" : "refuse");
  return fetch(new URL("/oauth/v2/auth", url), { method: "POST", body: form, redirect });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , url = "", user] = process.argv;
  await consent(url, user);
}
