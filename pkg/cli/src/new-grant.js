// What is done with new tokens: kept, or printed.

import { DATA_CENTRES } from "./data-centres.js";
import { usage } from "./failure.js";
import { keep, tryFiles } from "./kept.js";
import { lifetime } from "./output.js";
import { FORMS, printed, variables } from "./print.js";
import { orRescued } from "./rescue.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./context.js").Result} Result */
/** @typedef {import("./client.js").Client} Client */
/** @typedef {import("grantkit").TokenSet} TokenSet */

/** Which form was asked for. @param {unknown} print @returns {import("./print.js").Form | undefined} */
export function formOf(print) {
  if (print === undefined) return undefined;
  const form = FORMS.find((known) => known === print);
  if (form) return form;
  throw usage(`--print is ${FORMS.join(" or ")}, not ${JSON.stringify(print)}`);
}

/**
 * Makes sure that a grant can be kept or printed before anything is spent for it, and says what it will replace.
 *
 * @param {Context} context
 * @param {Client} client
 * @param {import("./print.js").Form | undefined} form
 */
export async function prepare(context, client, form) {
  const { store, profile, file, output } = context;
  if (form) return void printed(form, variables(client, { access_token: "", token_type: "" }));
  const earlier = await store.load(profile);
  await tryFiles(context);
  if (!earlier) return;
  output.note(
    `The grant of the profile "${profile}" in ${file} will be replaced. Zoho keeps the old one until it is revoked.`,
  );
}

/**
 * @param {Context} context
 * @param {Client} client
 * @param {TokenSet} tokens
 * @param {{ form: import("./print.js").Form | undefined, saveSecret: boolean }} how
 * @returns {Promise<Result>}
 */
export async function connected(context, client, tokens, { form, saveSecret }) {
  const { profile, file, output } = context;
  const { location, client_id } = client;
  const { scope, api_domain, accounts_server, expires_at } = tokens;
  const about = { location, client_id, scope, api_domain, accounts_server, expires_at };
  /** @type {[string, string | undefined][]} */
  const rows = [
    ["data centre", `${location} (${DATA_CENTRES[location]})`],
    ["client", client_id],
    ["scope", scope],
    ["API domain", api_domain],
    ["access token", lifetime(expires_at, context.now())],
    ["refresh token", tokens.refresh_token ? "there is one: it is good until it is revoked" : "none"],
  ];
  if (form) {
    const list = variables(client, tokens);
    const text = printed(form, list);
    const result = { facts: { ...about, variables: Object.fromEntries(list) }, text };
    await orRescued(
      context,
      client,
      tokens,
      () => text,
      () => output.result(result),
    );
    output.note(`Connected. Nothing was kept on this machine.\n${output.table(rows)}`);
    return { ...result, isPrinted: true };
  }
  const { client_secret, ...open } = client;
  const spare = () => printed("env", variables(open, tokens));
  await orRescued(context, client, tokens, spare, () => keep(context, client, tokens, saveSecret));
  rows.push(["kept in", `${file} (profile "${profile}")`]);
  const next = `Next: grantkit token${context.again()}`;
  const text = [`${output.paint.green("Connected.")}`, output.table(rows), next].join("\n");
  return { facts: { profile, file, ...about }, text };
}
