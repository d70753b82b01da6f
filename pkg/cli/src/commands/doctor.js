// Finds out what is wrong with a grant, the likeliest cause first.

import { checkGrantAtServer } from "../doctor/grant-checks.js";
import { checkClient, checkFake, checkFiles, checkStoredGrant } from "../doctor/local-checks.js";
import { checkNetwork } from "../doctor/network-checks.js";
import { Report } from "../doctor/report.js";
import { EXIT } from "../exit-codes.js";
import { plain } from "../output.js";

/** @typedef {import("../context.js").Context} Context */

/** @param {Context} context @param {{ offline?: boolean }} options @returns {Promise<import("../context.js").Result>} */
export async function doctor(context, { offline = false }) {
  const report = new Report();
  report.ok("program", `grantkit ${context.version}, Node ${process.versions.node}, file ${context.file}`);
  await checkFiles(context, report);
  const client = await checkClient(context, report);
  const hasGrant = await checkStoredGrant(context, report);
  const hasFake = await checkFake(context, report);
  if (offline || !hasFake) {
    report.unknown("network", "nothing was sent");
  } else {
    const isReachable = await checkNetwork(context, report, client);
    const { location, client_id, client_secret } = client;
    if (isReachable && hasGrant && location && client_id && client_secret) {
      await checkGrantAtServer(context, report, { ...client, location, client_id, client_secret });
    }
  }
  const { checks, findings } = report;
  return {
    facts: { checks, findings },
    text: format(context, report),
    exit: findings.length === 0 ? EXIT.ok : EXIT.unhealthy,
  };
}

/** @param {Context} context @param {Report} report */
function format({ output }, { checks, findings }) {
  const { paint } = output;
  const marks = { ok: paint.green("ok     "), wrong: paint.red("wrong  "), unknown: paint.yellow("unknown") };
  const lines = checks.map(({ name, state, detail }) => `${marks[state]}  ${name}: ${plain(detail)}`);
  if (findings.length === 0) return [...lines, "", "Nothing wrong was found."].join("\n");
  const list = findings.flatMap(({ likelihood, what, next }, index) => [
    plain(`${index + 1}. ${what} (${likelihood})`),
    plain(`   ${next}`),
  ]);
  return [...lines, "", "What is wrong, most likely first:", ...list].join("\n");
}
