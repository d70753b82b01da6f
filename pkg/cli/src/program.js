// The commands and their options, as --help shows them.

import { Argument, Command, Option } from "commander";
import { api } from "./commands/api.js";
import { doctor } from "./commands/doctor.js";
import { login, REDIRECT_URI } from "./commands/login.js";
import { revoke } from "./commands/revoke.js";
import { selfClient } from "./commands/self-client.js";
import { status } from "./commands/status.js";
import { token } from "./commands/token.js";
import { addClientOptions, addCommonOptions } from "./options.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./context.js").Result} Result */
/** @typedef {(context: Context, options: any, ...given: string[]) => Promise<Result>} Run */

/** @param {...string} lines */
const examples = (...lines) => `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}`;

/**
 * @param {string} version
 * @param {(command: Command, run: Run, given: string[]) => Promise<void>} perform
 */
export function createProgram(version, perform) {
  const program = addCommonOptions(new Command("grantkit"));
  program
    .description("Gets Zoho OAuth 2.0 tokens in a terminal, keeps them fresh, and calls the API with them.")
    .version(version, "-V, --version", "print the version")
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .addHelpText(
      "after",
      examples(
        "grantkit self-client --fake",
        "grantkit self-client --location eu",
        "grantkit token",
        "grantkit doctor",
      ),
    );

  /** @param {string} name @param {string} description @param {Run} run */
  const command = (name, description, run) => {
    const added = program.command(name).description(description);
    added.allowExcessArguments(false).action(async (...received) => {
      const given = received.slice(0, -2).filter((text) => typeof text === "string");
      await perform(added, run, given);
    });
    return added;
  };

  addClientOptions(
    command("self-client", "exchange a Self Client's code, and save the grant", selfClient)
      .addOption(new Option("--code <code>", "the code from the console; you are asked for it last").env("ZOHO_CODE"))
      .option("--from <file>", "the self_client.json that the console offers for download")
      .addOption(printOption())
      .option("--no-save-secret", "do not save the client secret: give it in ZOHO_CLIENT_SECRET")
      .option("--scope <scopes>", "with --fake: the scopes of the code"),
  ).addHelpText(
    "after",
    examples(
      "grantkit self-client",
      "grantkit self-client --location eu --from ~/Downloads/self_client.json",
      "grantkit self-client --print env >> .env",
      "grantkit self-client --print wrangler | sh",
      "grantkit self-client --fake",
    ),
  );

  addClientOptions(
    command("login", "let a user consent in a browser, and save the grant", login)
      .addOption(new Option("--scope <scopes>", "the scopes to request, separated by commas").env("ZOHO_SCOPE"))
      .addOption(
        new Option("--redirect-uri <uri>", `as registered, on loopback (default: ${REDIRECT_URI})`).env(
          "ZOHO_REDIRECT_URI",
        ),
      )
      .option("--timeout <seconds>", "how long to wait for the user", "300")
      .option("--no-open", "print the URL, and open no browser")
      .addOption(printOption())
      .option("--no-save-secret", "do not save the client secret: give it in ZOHO_CLIENT_SECRET"),
  ).addHelpText(
    "after",
    examples(
      "grantkit login --scope ZohoCRM.modules.ALL",
      "grantkit login --location eu --scope ZohoCRM.modules.leads.READ,ZohoCRM.org.READ --no-open",
      "grantkit login --fake",
    ),
  );

  addClientOptions(
    command("token", "print a fresh access token, and nothing else", token).option(
      "--min-validity <seconds>",
      "how long the token must stay valid",
      "60",
    ),
  ).addHelpText(
    "after",
    examples(
      'curl -H "authorization: Zoho-oauthtoken $(grantkit token)" https://www.zohoapis.eu/crm/v8/org',
      "grantkit token --profile staging --min-validity 900",
    ),
  );

  command("status", "show what is known of the grant; sends nothing", status).addHelpText(
    "after",
    examples("grantkit status", "grantkit status --json"),
  );

  addClientOptions(
    command("api", "call the API with a fresh access token", api)
      .addArgument(new Argument("<method>", "GET, POST, PUT, DELETE ..."))
      .addArgument(new Argument("<path>", "a path of the grant's API domain"))
      .option("-d, --data <body>", "the body; @FILE reads a file, @- reads stdin")
      .option("-H, --header <header>", '"Name: value"; may be repeated', collect, []),
  ).addHelpText(
    "after",
    examples(
      "grantkit api GET '/crm/v8/Leads?fields=Last_Name,Company'",
      "grantkit api POST /crm/v8/Leads -d @lead.json",
      "grantkit api GET '/crm/v8/Leads?fields=Company' -H 'If-Modified-Since: 2026-01-01T00:00:00Z'",
    ),
  );

  addClientOptions(
    command("revoke", "revoke the grant at Zoho, and delete it here", revoke)
      .option("-y, --yes", "do not ask for confirmation")
      .option("--local", "only delete it here; it may stay valid at Zoho"),
  ).addHelpText("after", examples("grantkit revoke", "grantkit revoke --profile staging --yes"));

  addClientOptions(
    command("doctor", "find out what is wrong, the likeliest cause first", doctor).option("--offline", "send nothing"),
  ).addHelpText(
    "after",
    `
It refreshes the access token once, which is one of the ten token requests that Zoho allows in ten minutes, and reads
one record of the API.
${examples("grantkit doctor", "grantkit doctor --offline --json")}`,
  );

  return program;
}

function printOption() {
  return new Option(
    "--print <form>",
    "save nothing: print an .env block, or lines of `wrangler secret put`, with the secrets",
  ).choices(["env", "wrangler"]);
}

/** @param {string} value @param {string[]} previous */
function collect(value, previous) {
  return [...previous, value];
}
