// What is wrong, in order of likelihood.

import { Report } from "../doctor/finding.js";
import { lookAtClient, lookAtFake, lookAtFiles, lookAtGrant } from "../doctor/local.js";
import { lookAtNetwork } from "../doctor/network.js";
import { tryGrant } from "../doctor/trial.js";
import { EXIT } from "../exit-codes.js";
import { plain } from "../output.js";

/** @typedef {import("../context.js").Context} Context */

/** @param {Context} context @param {{ offline?: boolean }} options @returns {Promise<import("../context.js").Result>} */
export async function doctor(context, { offline = false }) {
  const report = new Report();
  report.ok("program", `grantkit ${context.version}, Node ${process.versions.node}, file ${context.file}`);
  await lookAtFiles(context, report);
  const client = await lookAtClient(context, report);
  const hasGrant = await lookAtGrant(context, report);
  const hasFake = await lookAtFake(context, report);
  if (offline || !hasFake) {
    report.unknown("network", "nothing was sent");
  } else {
    const isReachable = await lookAtNetwork(context, report, client);
    const { location, client_id, client_secret } = client;
    if (isReachable && hasGrant && location && client_id && client_secret) {
      await tryGrant(context, report, { ...client, location, client_id, client_secret });
    }
  }
  const { checks, findings } = report;
  return {
    facts: { checks, findings },
    text: written(context, report),
    exit: findings.length === 0 ? EXIT.ok : EXIT.unhealthy,
  };
}

/** @param {Context} context @param {Report} report */
function written({ output }, { checks, findings }) {
  const { paint } = output;
  const marks = { ok: paint.green("ok     "), wrong: paint.red("wrong  "), unknown: paint.yellow("unknown") };
  const lines = checks.map(({ name, state, detail }) => `${marks[state]}  ${name}: ${plain(detail)}`);
  if (findings.length === 0) return [...lines, "", "Nothing wrong was found."].join("\n");
  const told = findings.flatMap(({ likelihood, what, next }, index) => [
    plain(`${index + 1}. ${what} (${likelihood})`),
    plain(`   ${next}`),
  ]);
  return [...lines, "", "What is wrong, most likely first:", ...told].join("\n");
}
