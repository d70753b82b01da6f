// Zoho's token and revocation endpoints with fixed responses. Not the fake of grantkit/testing, which changes with the
// package.

import { createHash } from "node:crypto";

/** @typedef {{ url: string, form: Record<string, string> }} Sent */
/** @typedef {(form: Record<string, string>) => Response | Promise<Response>} Scripted */

export const SCOPE = "ZohoCRM.modules.ALL ZohoCRM.org.READ";

/** A token of Zoho's form, found by its name. @param {string} name */
export function token(name) {
  const hex = createHash("sha256").update(name).digest("hex");
  return `1000.${hex.slice(0, 32)}.${hex.slice(32)}`;
}

/** Zoho's errors of the token endpoint come with status 200. @param {Record<string, string>} body */
export const errorResponse = (body) => () => Response.json(body);

/** The member api_domain of an accounts server's response. @param {string} host */
function apiDomain(host) {
  if (!host.startsWith("accounts.")) return {};
  const api = host.replace("zohocloud", "zoho").replace("accounts.zoho", "www.zohoapis").replace("accounts.", "api.");
  return { api_domain: `https://${api}` };
}

/** @param {string} [prefix] of the names of its tokens */
export function zohoServer(prefix = "") {
  /** @type {Sent[]} */
  const sent = [];
  /** @type {Scripted[]} responses that come before the ordinary ones */
  const next = [];
  let issued = 0;

  /** @param {string} url @param {RequestInit} [init] */
  async function fetch(url, init) {
    const form = Object.fromEntries(new URLSearchParams(String(init?.body ?? "")));
    sent.push({ url, form });
    const scripted = next.shift();
    if (scripted) return scripted(form);
    if (url.includes("/revoke")) return Response.json({ status: "success" });
    issued += 1;
    return Response.json({
      access_token: token(`${prefix}access ${issued}`),
      ...(form.grant_type === "authorization_code" && { refresh_token: token(`${prefix}refresh`) }),
      scope: SCOPE,
      ...apiDomain(new URL(url).host),
      token_type: "Bearer",
      expires_in: 3600,
    });
  }

  return { fetch, sent, next };
}
