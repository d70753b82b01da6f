// Secrets in the forms in which drivers and logs write texts and bytes: escapes, percent-encoding, base64 and hex. Also
// tokens that are not known: the values of members of a record, and what looks like a token.

/** A character, as it is or escaped. JSON in JSON has more backslashes, and a URL in a URL has %25. */
const UNIT = /\\+(?:u[\da-f]{4}|x[\da-f]{2}|[^ux])|%(?:25)*[\da-f]{2}|./gis;
const CODE = /^(?:\\+[ux]|%(?:25)*)(?=..)/i;
/** Bytes in hex, together or apart as in `<Buffer 7b 22>`, or in base64. */
const BYTES = /(?:(?:0x)?[\da-f]{2}[\s:,]{0,2}){7,}(?:0x)?[\da-f]{2}|[\w+/-]{11,}/gi;
/** The value of a member of a record. */
const MEMBER = /(?:access|refresh|(?<!val)id)_?token["'\s]*(?:=>|[:=])["'\s]*([^\s"',;&)}\]]+)/gi;
/** A word of several kinds of characters, unless it is a part of a path. One in lower case with dashes may be a host. */
const WORD = /(?<!\w\/)(?<![\w~+=-])(?=[\w-]*\d[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z]|\w{16})[\w~+=-]{16,}/g;

const fromHex = (/** @type {string} */ code) => String.fromCharCode(Number.parseInt(code, 16));

/** @param {string} unit */
function character(unit) {
  const code = unit.replace(CODE, "");
  return code === unit ? unit.slice(-1) : fromHex(code);
}

/** The texts that a run may stand for: its start may be cut off. @param {string} run */
function readings(run) {
  const hex = run.replace(/0x|[\s:,]/gi, "");
  const base64 = hex.replaceAll("-", "+").replaceAll("_", "/");
  return [0, 1, 2, 3].flatMap((start) => {
    const whole = base64.length - ((base64.length - start) % 4);
    return [hex.slice(start).replace(/../g, fromHex), atob(base64.slice(start, whole))];
  });
}

/**
 * @param {boolean} isUnseen whether the text may have tokens that are not known
 * @returns {import("./cause.js").Read}
 */
export const dumps = (isUnseen) => (text, found) => {
  const units = text.match(UNIT) ?? [];
  const decoded = units.map(character).join("");
  const patterns = isUnseen ? [MEMBER, WORD] : [MEMBER];
  /** @type {number[]} */
  const ends = [];
  for (const pattern of [...patterns, BYTES]) {
    for (const { 0: run, 1: value = run, index } of decoded.matchAll(pattern)) {
      const isHidden = pattern !== BYTES || readings(run).some(shows);
      if (isHidden) ends[index + run.length - value.length] = index + run.length;
    }
  }
  return { units, decoded, ends };

  /** @param {string} bytes */
  function shows(bytes) {
    // UTF-16 has a zero in each character.
    const plain = bytes.replaceAll("\0", "");
    return patterns.some((pattern) => plain.search(pattern) >= 0) || [...plain].some((_, at) => found(plain, at));
  }
};
