// A Worker that starts a new isolate for each request and forwards the request to it.

/**
 * The bytes of a module with a custom section at the end, which makes them different from all before. The runtime caches
 * compiled modules by their bytes, and a cold start has to compile.
 *
 * @param {ArrayBuffer} bytes
 * @param {string} mark
 */
function unique(bytes, mark) {
  const name = new TextEncoder().encode(mark);
  const section = [0, name.length + 1, name.length, ...name];
  const whole = new Uint8Array(bytes.byteLength + section.length);
  whole.set(new Uint8Array(bytes));
  whole.set(section, bytes.byteLength);
  return whole.buffer;
}

/** Decoded once, since the module of a deployed Worker needs no decoding. @type {Map<string, ArrayBuffer>} */
const decoded = new Map();

/** @param {string} base64 */
function decode(base64) {
  const bytes = decoded.get(base64) ?? Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
  decoded.set(base64, bytes);
  return bytes;
}

export default {
  /** @param {Request} request @param {{ LOADER: any, BUNDLES: Record<string, { script: string, wasm: Record<string, string> }> }} env */
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const which = searchParams.get("which") ?? "";
    const mark = searchParams.get("mark") ?? "";
    const { script, wasm } = /** @type {{ script: string, wasm: Record<string, string> }} */ (env.BUNDLES[which]);
    const modules = Object.entries(wasm).map(([name, base64]) => {
      return [name, { wasm: unique(decode(base64), mark) }];
    });
    const worker = env.LOADER.get(`${which}-${mark}`, () => ({
      compatibilityDate: "2026-04-01",
      mainModule: "worker.js",
      modules: { "worker.js": `${script}\n// ${mark}`, ...Object.fromEntries(modules) },
    }));
    return worker.getEntrypoint().fetch(`https://app.example${pathname}`, { redirect: "manual" });
  },
};
