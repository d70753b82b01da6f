// The end of self-client and login: a new grant is saved, or printed.

import { usage } from "./failure.js";
import { lifetime } from "./output.js";
import { FORMS, printed, variables } from "./print-formats.js";
import { regionLabel } from "./regions.js";
import { withRescue } from "./rescue.js";
import { saveGrant, tryWriteFiles } from "./save-grant.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./context.js").Result} Result */
/** @typedef {import("./client-options.js").Client} Client */
/** @typedef {import("grantkit").TokenSet} TokenSet */

/** The value of --print. @param {unknown} print @returns {import("./print-formats.js").Form | undefined} */
export function formOf(print) {
  if (print === undefined) return undefined;
  const form = FORMS.find((known) => known === print);
  if (form) return form;
  throw usage(`${JSON.stringify(print)} is not a form that --print knows: use ${FORMS.join(" or ")}`);
}

/**
 * Checks that a grant can be saved or printed before its code is used, and tells the user which grant it replaces.
 *
 * @param {Context} context
 * @param {Client} client
 * @param {import("./print-formats.js").Form | undefined} form
 */
export async function checkDestination(context, client, form) {
  const { profile, file, output } = context;
  if (form) return void printed(form, variables(client, { access_token: "", token_type: "" }));
  const previous = await context.record();
  await tryWriteFiles(context);
  if (!previous) return;
  output.note(
    `The grant of the profile "${profile}" in ${file} will be replaced. The old one stays valid at Zoho until it is revoked.`,
  );
}

/**
 * Throws if the new grant would replace one that a newer grantkit wrote. Called right before a code is used, since minutes may
 * have passed since `checkDestination`.
 *
 * @param {Context} context
 * @param {import("./print-formats.js").Form | undefined} form
 */
export async function checkReplaced(context, form) {
  if (!form) await context.record();
}

/**
 * @param {Context} context
 * @param {Client} client
 * @param {TokenSet} tokens
 * @param {{ form: import("./print-formats.js").Form | undefined, saveSecret: boolean }} how
 * @returns {Promise<Result>}
 */
export async function saveOrPrint(context, client, tokens, { form, saveSecret }) {
  const { profile, file, output } = context;
  const { location, client_id } = client;
  const { scope, api_domain, accounts_server, expires_at } = tokens;
  const about = { location, client_id, scope, api_domain, accounts_server, expires_at };
  /** @type {[string, string | undefined][]} */
  const rows = [
    ["data centre", regionLabel(location)],
    ["client", client_id],
    ["scope", scope],
    ["API domain", api_domain],
    ["access token", lifetime(expires_at, context.now())],
    ["refresh token", tokens.refresh_token ? "received: it is valid until it is revoked" : "none"],
  ];
  if (form) {
    const list = variables(client, tokens);
    const text = printed(form, list);
    const result = { facts: { ...about, variables: Object.fromEntries(list) }, text };
    await withRescue(
      context,
      client,
      tokens,
      () => text,
      () => output.result(result),
    );
    output.note(`Connected. Nothing was saved on this machine.\n${output.table(rows)}`);
    return { ...result, isPrinted: true };
  }
  const { client_secret, ...publicMembers } = client;
  const rescued = () => printed("env", variables(publicMembers, tokens));
  await withRescue(context, client, tokens, rescued, () => saveGrant(context, client, tokens, saveSecret));
  rows.push(["saved in", `${file} (profile "${profile}")`]);
  const next = `Next: grantkit token${context.again()}`;
  const text = [`${output.paint.green("Connected.")}`, output.table(rows), next].join("\n");
  return { facts: { profile, file, ...about }, text };
}
