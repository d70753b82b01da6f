// Where grants are kept unless the user says otherwise.

import { isAbsolute, join, resolve } from "node:path";

/** @typedef {{ env: NodeJS.ProcessEnv, platform: string, home: string }} Machine */

/**
 * The folder for what a user's programs keep and other machines have no use for. Not the folder of settings, which people
 * put into repositories.
 *
 * @param {Machine} machine
 */
export function dataFolder({ env, platform, home }) {
  const { XDG_DATA_HOME, LOCALAPPDATA } = env;
  // The specification of XDG has relative paths ignored.
  if (XDG_DATA_HOME && isAbsolute(XDG_DATA_HOME)) return join(XDG_DATA_HOME, "grantkit");
  if (platform === "win32") return join(LOCALAPPDATA || join(home, "AppData", "Local"), "grantkit");
  if (platform === "darwin") return join(home, "Library", "Application Support", "grantkit");
  return join(home, ".local", "share", "grantkit");
}

/**
 * The file of grants. Those of the fake Zoho have one of their own, so that trying a command changes nothing real.
 *
 * @param {Machine} machine
 * @param {{ file?: string | undefined, fake: boolean }} given
 */
export function grantsFile(machine, { file, fake }) {
  return file ? resolve(file) : join(dataFolder(machine), fake ? "fake-grants.json" : "grants.json");
}
