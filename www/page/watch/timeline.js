// The order in which events are drawn, and which of them are one arrow.

/** @typedef {"browser" | "worker" | "vault" | "accounts" | "api"} Lane */

/**
 * One exchange: a request and its answer.
 *
 * @typedef {object} WatchEvent
 * @property {number} id
 * @property {number} at when it began, in milliseconds
 * @property {Lane} from
 * @property {Lane} to
 * @property {string} method
 * @property {string} path
 * @property {string} [host]
 * @property {string} [grant_type]
 * @property {number} [status]
 * @property {number} [durationMs]
 * @property {string} [code] of an OAuthError
 * @property {number} [count] where it stands for many that were sent at once
 * @property {string} [note]
 */

/**
 * Equal exchanges that are one arrow.
 *
 * @typedef {object} Arrow
 * @property {string} key
 * @property {WatchEvent} first
 * @property {number} count
 * @property {number} begin
 * @property {number} end
 * @property {number} shortest milliseconds
 * @property {number} longest milliseconds
 */

/** @type {readonly Lane[]} */
export const LANES = ["browser", "worker", "vault", "accounts", "api"];
/** The most arrows that are kept. */
const MOST = 200;
/** How many arrows back an equal one is looked for. */
const REACH = 12;

/**
 * Exchanges arrive when they end, so one that caused others comes after them. It is put before them here.
 *
 * @returns {{ arrows: Arrow[], add(event: WatchEvent): Arrow }} add returns the arrow that is new or has grown
 */
export function timeline() {
  /** @type {Arrow[]} */
  const arrows = [];

  return {
    arrows,
    add(event) {
      const place = placeOf(event, arrows);
      const key = keyOf(event);
      const equal = arrows
        .slice(-REACH)
        .findLast(
          (arrow, index, near) => arrow.key === key && isOne(arrow, event, arrows.length - near.length + index, place),
        );
      if (equal) return grown(equal, event);
      const arrow = single(key, event);
      arrows.splice(place, 0, arrow);
      if (arrows.length > MOST) arrows.shift();
      return arrow;
    },
  };
}

/** Whether an exchange failed, for its server or for grantkit. @param {WatchEvent} event */
export function failed({ status = 0, code }) {
  return code !== undefined || status >= 400;
}

/** By their beginning; of those that began at once, what caused others is before them. @param {WatchEvent} event @param {Arrow[]} arrows */
function placeOf(event, arrows) {
  const isLater = (/** @type {Arrow} */ { begin, first }) => {
    return begin > event.at || (begin === event.at && LANES.indexOf(first.from) >= LANES.indexOf(event.to));
  };
  return arrows.findLastIndex((arrow) => !isLater(arrow)) + 1;
}

/** Equal ones are one arrow where they run at once, or follow each other. @param {Arrow} arrow @param {WatchEvent} event @param {number} index @param {number} place */
function isOne(arrow, event, index, place) {
  return event.at < arrow.end || index === place - 1 || index === place;
}

/** @param {WatchEvent} event */
function keyOf({ from, to, method, path, host, grant_type, status, code, note }) {
  return JSON.stringify([from, to, method, path, host, grant_type, status, code, note]);
}

/** @param {string} key @param {WatchEvent} event @returns {Arrow} */
function single(key, event) {
  const { at, durationMs = 0, count = 1 } = event;
  return { key, first: event, count, begin: at, end: at + durationMs, shortest: durationMs, longest: durationMs };
}

/** @param {Arrow} arrow @param {WatchEvent} event */
function grown(arrow, { at, durationMs = 0, count = 1 }) {
  arrow.count += count;
  arrow.begin = Math.min(arrow.begin, at);
  arrow.end = Math.max(arrow.end, at + durationMs);
  arrow.shortest = Math.min(arrow.shortest, durationMs);
  arrow.longest = Math.max(arrow.longest, durationMs);
  return arrow;
}
