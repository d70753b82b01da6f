import { decodeBase64Url, encodeBase64Url } from "./base64url.js";
import { invalid, knownMembers } from "./check.js";
import { seconds } from "./clock.js";
import { storeError } from "./store-error.js";

/** @typedef {import("./index.js").Sealer} Sealer */

/**
 * @typedef {object} Key
 * @property {string} kid
 * @property {CryptoKey} secret
 */

const KEY_BYTES = 32;
// RFC 7518 5.3: a 96-bit IV and a 128-bit tag. Random IVs are safe for 2^32 values of one key (NIST SP 800-38D 8.3).
const IV_BYTES = 12;
const TAG_BYTES = 16;
// The sealer writes some 90 characters. A longer header is rejected before it is decoded, since it is not authenticated yet.
const MAX_HEADER = 1024;

const MAKE_KEY = "make a key with openssl rand -base64 32 | tr '+/' '-_' | tr -d =";

const utf8 = /* @__PURE__ */ new TextEncoder();
const text = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true });

/**
 * @param {unknown} key
 * @param {number} position
 */
function keyBytes(key, position) {
  if (key === undefined || key === "")
    throw invalid(
      `key ${position + 1} of the sealer is ${key === "" ? "empty" : key}: check the variable that it comes from, or ${MAKE_KEY}`,
    );
  const bytes = typeof key === "string" ? decodeBase64Url(key) : undefined;
  if (bytes?.length === KEY_BYTES) return bytes;
  const found = bytes
    ? `${bytes.length} bytes`
    : typeof key === "string"
      ? "text that is not unpadded base64url"
      : `of type ${typeof key}`;
  throw invalid(`key ${position + 1} of the sealer is not ${KEY_BYTES} bytes in base64url, but ${found}: ${MAKE_KEY}`);
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<Key>}
 */
async function importKey(bytes) {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle)
    throw invalid(
      "crypto.subtle is missing: in a browser, serve the page over https, elsewhere use a runtime with WebCrypto",
    );
  // RFC 7638: the members of an oct key, in this order. Its digest may be shown because the key is 256 random bits.
  const thumbprint = utf8.encode(`{"k":"${encodeBase64Url(bytes)}","kty":"oct"}`);
  const kid = encodeBase64Url(new Uint8Array(await subtle.digest("SHA-256", thumbprint)));
  return { kid, secret: await subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]) };
}

/** @param {unknown} value */
function toJson(value) {
  let cause;
  try {
    const json = JSON.stringify(value);
    if (json !== undefined) return json;
  } catch (error) {
    cause = error;
  }
  throw invalid("the value cannot be sealed, because JSON cannot represent it: pass plain data", { cause });
}

/** @param {unknown} purpose */
function checkPurpose(purpose) {
  if (typeof purpose === "string" && purpose !== "") return;
  throw invalid("the purpose is not a non-empty string: pass the same description of the value to seal and unseal");
}

/** @param {string} header @param {Uint8Array<ArrayBuffer>} iv */
function parametersOf(header, iv) {
  return { name: "AES-GCM", iv, additionalData: utf8.encode(header) };
}

/**
 * The five parts of RFC 7516 7.1, with only `dir` and A256GCM allowed.
 *
 * @param {unknown} sealed
 */
function parse(sealed) {
  const malformed = storeError(
    "the text is not a sealed value, which is a compact JWE with dir and A256GCM: seal the value again",
  );
  const [header = "", encryptedKey, ...parts] = typeof sealed === "string" ? sealed.split(".", 6) : [];
  if (encryptedKey !== "" || parts.length !== 3) throw malformed;
  const [iv, ciphertext, tag] = parts.map(decodeBase64Url);
  // A short tag would move the border between ciphertext and tag, since WebCrypto takes both as one.
  if (iv?.length !== IV_BYTES || !ciphertext || tag?.length !== TAG_BYTES) throw malformed;
  /** @type {Record<string, unknown> | null} */
  let members;
  try {
    // An empty text is not JSON.
    members = JSON.parse(text.decode(header.length <= MAX_HEADER ? decodeBase64Url(header) : undefined));
  } catch {
    throw malformed;
  }
  const { alg, enc, kid, crit, zip } = members ?? {};
  // RFC 7516 4.1.13: no critical extension is supported. Compression could be a bomb (RFC 8725 3.6).
  if (alg !== "dir" || enc !== "A256GCM" || crit !== undefined || zip !== undefined) throw malformed;
  if (kid !== undefined && typeof kid !== "string") throw malformed;
  return { kid, parameters: parametersOf(header, iv), data: new Uint8Array([...ciphertext, ...tag]) };
}

/**
 * Validates the claims of a decrypted value, and returns the value.
 *
 * @param {Uint8Array} plain
 * @param {string} purpose
 * @param {number} now seconds
 */
function validate(plain, purpose, now) {
  // Authenticated, so this was written by a holder of the key.
  const claims = JSON.parse(text.decode(plain));
  if (claims?.purpose !== purpose) {
    throw storeError("the value was sealed for another purpose: unseal it with the purpose that it was sealed with");
  }
  for (const name of ["exp", "nbf"]) {
    if (claims[name] !== undefined && !Number.isFinite(claims[name])) {
      throw storeError(`the ${name} of the sealed value is not a time: seal the value again`);
    }
  }
  // No number compares with an absent time.
  if (now >= claims.exp) throw storeError("the sealed value has expired: seal a new one");
  if (now < claims.nbf) throw storeError("the sealed value is not valid yet: check the clocks of both machines");
  return claims.value;
}

/**
 * Authenticated encryption for cookies and stores: JWE compact serialization (RFC 7516), dir + A256GCM by WebCrypto. The
 * payload is the JSON of `{ purpose, exp, value }`, a JWT claims set that any JOSE library can read. The first key seals,
 * all keys unseal. `unseal` rejects with code "store" for a value that it cannot decrypt or that is not valid.
 *
 * @param {string | string[]} keys 32 bytes each, base64url
 * @param {{ clock?: () => number }} [options] `clock`: milliseconds since the epoch, as Date.now
 * @returns {Sealer}
 */
export function sealer(keys, options = {}) {
  knownMembers("sealer", options, ["clock"]);
  const { clock = Date.now } = options;
  const secrets = (Array.isArray(keys) ? keys : [keys]).map(keyBytes);
  if (secrets.length === 0) {
    throw invalid(`the sealer got no key: ${MAKE_KEY}`);
  }
  /** @type {Key[] | undefined} */
  let imported;
  // On first use: Workers have no randomness and timers at start-up, and a constructor cannot wait. The keys are stored
  // instead of the promise, which in Workers would belong to the request that made it.
  const ready = async () => {
    imported ??= await Promise.all(secrets.map(importKey));
    return imported;
  };

  return {
    async seal(value, options) {
      knownMembers("seal", options, ["purpose", "maxAge"]);
      const { purpose, maxAge } = options;
      checkPurpose(purpose);
      if (maxAge !== undefined && !(Number.isFinite(maxAge) && maxAge > 0)) {
        throw invalid("maxAge is not a number of seconds above 0: pass one, or omit it");
      }
      const exp = maxAge === undefined ? undefined : seconds({ clock }) + Math.ceil(maxAge);
      const claims = `${JSON.stringify({ purpose, exp }).slice(0, -1)},"value":${toJson(value)}}`;
      const [key] = /** @type {[Key]} */ (await ready());
      const header = encodeBase64Url(utf8.encode(JSON.stringify({ alg: "dir", enc: "A256GCM", kid: key.kid })));
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const sealed = await crypto.subtle.encrypt(parametersOf(header, iv), key.secret, utf8.encode(claims));
      const data = new Uint8Array(sealed);
      const parts = [iv, data.subarray(0, -TAG_BYTES), data.subarray(-TAG_BYTES)];
      return [header, "", ...parts.map(encodeBase64Url)].join(".");
    },

    async unseal(sealed, options) {
      knownMembers("unseal", options, ["purpose"]);
      const { purpose } = options;
      checkPurpose(purpose);
      const { kid, parameters, data } = parse(sealed);
      const candidates = (await ready()).filter((key) => kid === undefined || key.kid === kid);
      if (candidates.length === 0) {
        throw storeError(
          "the value was sealed with a key that the sealer does not have: if the key was replaced, pass the old one after the new",
        );
      }
      for (const { secret } of candidates) {
        const plain = await crypto.subtle.decrypt(parameters, secret, data).catch(() => undefined);
        if (plain) return validate(new Uint8Array(plain), purpose, seconds({ clock }));
      }
      throw storeError("the sealed value cannot be decrypted, because it was changed: seal the value again");
    },
  };
}
