// Exchanges a Self Client's code. Everything else is asked first, because the code expires in minutes.

import { ask, newClient } from "../client-options.js";
import { exchange } from "../code-exchange.js";
import { usage } from "../failure.js";
import { checkDestination, checkReplaced, formOf, saveOrPrint } from "../new-grant.js";
import { given } from "../options.js";
import { readSelfClientFile } from "../self-client-file.js";

/** @typedef {import("../context.js").Context} Context */

/** @param {Context} context @param {{ from?: string, print?: string, scope?: string, saveSecret: boolean }} options */
export async function selfClient(context, { from, print, scope, saveSecret }) {
  const form = formOf(print);
  const file = from ? await readSelfClientFile(from) : { client: {} };
  const fake = context.options.fake ? await context.fakeZoho() : undefined;
  const client = await newClient(context, { ...fake?.selfClient, ...file.client });
  await checkDestination(context, client, form);
  const code = given(context.command, "code");
  const isFlag = code?.from === "flag";
  // A variable may hold an old code, so the file comes first. The fake does not read it.
  const variable = isFlag || fake ? undefined : code?.text.trim();
  const first = isFlag ? code.text.trim() : file.code;
  const text = first ?? variable ?? (await fake?.makeCode(scope)) ?? (await askCode(context));
  const { client: accepted, tokens } = await exchange(context, client, text, () => checkReplaced(context, form));
  if (file.client.client_secret) context.output.note(`${from} holds the client secret: delete it, or store it safely.`);
  return saveOrPrint(context, accepted, tokens, { form, saveSecret });
}

/** @param {Context} context */
async function askCode(context) {
  if (!context.isInteractive)
    throw usage("there is no code, and no terminal to ask at: give --code, ZOHO_CODE or --from");
  context.output.note(
    'Now generate the code: Self Client, tab "Generate Code". It is exchanged as soon as you paste it.',
  );
  return ask(context, "secret", "Code (not shown)");
}
