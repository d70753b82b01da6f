// How each runtime that is a program of its own starts a script. The programs come as npm packages, from the lockfile.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const modules = fileURLToPath(new URL("../../../node_modules/", import.meta.url));

const { platform, arch } = process;
const deno = `@deno/${platform}-${arch}${platform === "linux" ? "-glibc" : ""}`;
const bun = `@oven/bun-${platform}-${arch === "arm64" ? "aarch64" : arch}`;

/**
 * What a script may touch, where the runtime asks.
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
    // No more than the package needs: its own files, those it is told to keep, and the hosts that it talks to. The client
    // of Redis, which is not the package's, reads the environment.
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
 * Why a runtime cannot be run here. In CI nothing is left out, so there it runs and fails.
 *
 * @param {keyof typeof EXECUTABLES} runtime
 * @returns {string | false}
 */
export function missing(runtime) {
  const { program } = EXECUTABLES[runtime];
  return !existsSync(program) && !process.env.CI && `npm brings no ${runtime} for ${platform} ${arch}`;
}
