// What callers pass, checked where it comes in.

import { OAuthError } from "./errors.js";

/** @param {string | string[]} scope */
export function scopeText(scope) {
  if (typeof scope === "string") return scope;
  if (Array.isArray(scope) && scope.every((part) => typeof part === "string")) return scope.join(" ");
  throw invalid("scope must be a string or a list of strings");
}

/** @template {object} T @param {string} name @param {T} value @returns {T} */
export function object(name, value) {
  if (typeof value === "object" && value !== null) return value;
  throw invalid(`${name} must be an object`);
}

/** @param {string} name @param {unknown} value @returns {string} */
export function string(name, value) {
  if (typeof value === "string") return value;
  throw invalid(`${name} must be a string`);
}

/** @param {string} name @param {unknown} value */
export function optionalString(name, value) {
  return value === undefined || value === null ? "" : string(name, value);
}

/** @param {string} message @param {{ cause?: unknown }} [details] */
export function invalid(message, details) {
  return new OAuthError("invalid_configuration", message, details);
}
