/** @type {import("node:worker_threads").MessagePort} */
let port;

/** @param {{ port: import("node:worker_threads").MessagePort }} data */
export function initialize(data) {
  port = data.port;
}

/** @param {string} url @param {unknown} context @param {(url: string, context: unknown) => unknown} next */
export function load(url, context, next) {
  port.postMessage(url);
  return next(url, context);
}
