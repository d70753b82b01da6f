// The default paths of the files.

import { isAbsolute, join, resolve } from "node:path";

/** @typedef {{ env: NodeJS.ProcessEnv, platform: string, home: string }} Machine */

/**
 * The folder for data of a user's programs. Not the folder of settings, which people put into repositories.
 *
 * @param {Machine} machine
 */
export function dataFolder({ env, platform, home }) {
  const { XDG_DATA_HOME, LOCALAPPDATA } = env;
  // The XDG specification ignores relative paths.
  if (XDG_DATA_HOME && isAbsolute(XDG_DATA_HOME)) return join(XDG_DATA_HOME, "grantkit");
  if (platform === "win32") return join(LOCALAPPDATA || join(home, "AppData", "Local"), "grantkit");
  if (platform === "darwin") return join(home, "Library", "Application Support", "grantkit");
  return join(home, ".local", "share", "grantkit");
}

/**
 * The file of grants. The fake Zoho has a file of its own, so that trying a command changes no real grant.
 *
 * @param {Machine} machine
 * @param {{ file?: string | undefined, fake: boolean }} given
 */
export function grantsFile(machine, { file, fake }) {
  return file ? resolve(file) : join(dataFolder(machine), fake ? "fake-grants.json" : "grants.json");
}
