// How each runtime that runs as its own process starts a script. The programs are npm packages of the lockfile.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const modules = fileURLToPath(new URL("../../../node_modules/", import.meta.url));

const { platform, arch } = process;
const deno = `@deno/${platform}-${arch}${platform === "linux" ? "-glibc" : ""}`;
const bun = `@oven/bun-${platform}-${arch === "arm64" ? "aarch64" : arch}`;

/**
 * What a script may access, in runtimes with permissions.
 *
 * @typedef {{ reads: string[], writes: string[] }} Access
 * @typedef {{ program: string, args: (access: Access) => string[] }} Executable
 */

const plain = () => [];

/** @type {Record<"node" | "node-22" | "node-24" | "deno" | "bun", Executable>} */
export const EXECUTABLES = {
  node: { program: process.execPath, args: plain },
  "node-22": { program: `${modules}node-22/bin/node`, args: plain },
  "node-24": { program: `${modules}node-24/bin/node`, args: plain },
  deno: {
    program: `${modules}${deno}/deno`,
    // Only what the package needs: its own files, the files that it writes, and the hosts that it connects to. The Redis
    // client, which is not part of the package, reads the environment.
    args: ({ reads, writes }) => [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-lock",
      "--cached-only",
      "--allow-net=127.0.0.1",
      "--allow-env",
      `--allow-read=${[...reads, ...writes, modules]}`,
      `--allow-write=${writes}`,
    ],
  },
  bun: {
    program: `${modules}${bun}/bin/bun`,
    args: plain,
  },
};

/**
 * Why a runtime cannot run on this machine. CI skips nothing, so there it runs and fails.
 *
 * @param {keyof typeof EXECUTABLES} runtime
 * @returns {string | false}
 */
export function missing(runtime) {
  const { program } = EXECUTABLES[runtime];
  return !existsSync(program) && !process.env.CI && `npm brings no ${runtime} for ${platform} ${arch}`;
}
