import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../target/python", import.meta.url));
const requirements = fileURLToPath(new URL("requirements.txt", import.meta.url));
const installed = join(folder, "requirements.installed");

/**
 * The interpreter of a virtual environment under target/ with the packages of requirements.txt; creates it if needed.
 *
 * @returns {string} its path
 */
export function python() {
  const path = process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
  const required = readFileSync(requirements, "utf8");
  if (read(installed) === required) return path;
  const system = process.platform === "win32" ? "python" : "python3";
  run(system, ["-m", "venv", "--clear", folder], "Python 3.10 or newer with venv is needed (Debian: python3-venv)");
  const quietly = ["--quiet", "--no-input", "--disable-pip-version-check"];
  run(path, ["-m", "pip", "install", ...quietly, "--requirement", requirements], "pip could not install");
  writeFileSync(installed, required);
  return path;
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} message
 */
function run(command, args, message) {
  try {
    execFileSync(command, args, { stdio: "pipe" });
  } catch (cause) {
    throw new Error(`${message}; ${command} ${args.join(" ")} failed`, { cause });
  }
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
