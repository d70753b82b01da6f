// The remaining lifetime of the access token as a ring, and the token requests left as dots.

import { el, fill, svg } from "../element.js";

const RADIUS = 30;
const CIRCUMFERENCE = 2 * Math.PI * RADIUS;

/** @param {HTMLElement} container */
export function lifetimeRing(container) {
  const rest = svg("circle", {
    class: "ring-rest",
    cx: 36,
    cy: 36,
    r: RADIUS,
    "stroke-dasharray": `0 ${CIRCUMFERENCE}`,
  });
  const ring = svg(
    "svg",
    { class: "ring", viewBox: "0 0 72 72", "aria-hidden": "true" },
    svg("circle", { class: "ring-whole", cx: 36, cy: 36, r: RADIUS }),
    rest,
  );
  const time = el("span", { class: "gauge-value", role: "timer" }, "–:––");
  const note = el("span", { class: "gauge-note" }, "no token yet");
  fill(container, ring, el("p", {}, el("span", { class: "gauge-name" }, "Access token"), time, note));

  /** @type {{ end: number, lifetime: number, offset: number } | undefined} */
  let life;

  function draw() {
    const left = life ? Math.max(0, Math.floor(life.end - (Date.now() / 1000 + life.offset))) : 0;
    const share = life ? Math.min(1, left / life.lifetime) : 0;
    rest.setAttribute("stroke-dasharray", `${share * CIRCUMFERENCE} ${CIRCUMFERENCE}`);
    time.textContent = life ? formatTime(left) : "–:––";
    note.textContent = life ? lifetimeNote(left, life.lifetime) : "no token yet";
  }

  setInterval(draw, 1000);
  return {
    /** @param {import("../session.js").Session} session */
    show({ connected, expires_at, lifetime = 3600, now }) {
      life =
        connected && expires_at !== undefined
          ? { end: expires_at, lifetime, offset: now - Date.now() / 1000 }
          : undefined;
      draw();
    },
  };
}

/** @param {number} left @param {number} lifetime */
function lifetimeNote(left, lifetime) {
  return left > 0 ? `left of ${Math.round(lifetime / 60)} min` : "expired";
}

/** @param {number} seconds */
export function formatTime(seconds) {
  return `${Math.floor(seconds / 60)}:${`${seconds % 60}`.padStart(2, "0")}`;
}

/** @param {HTMLElement} container @param {{ requests: number, seconds: number }} budget */
export function budgetDots(container, { requests, seconds }) {
  const dots = Array.from({ length: requests }, () => svg("circle", { cy: 6, r: 4.25 }));
  for (const [index, dot] of dots.entries()) dot.setAttribute("cx", `${6 + index * 14}`);
  const width = requests * 14 - 2;
  const row = svg(
    "svg",
    { class: "dots", viewBox: `0 0 ${width} 12`, width, height: 12, "aria-hidden": "true" },
    ...dots,
  );
  const value = el("span", { class: "gauge-value" });
  const note = el("span", { class: "gauge-note" });
  fill(container, el("p", {}, el("span", { class: "gauge-name" }, "Token requests"), value, row, note));

  return {
    /** @param {import("../session.js").Session} session */
    show({ connected, requests_left = requests, retry_at, now }) {
      const left = connected ? requests_left : requests;
      for (const [index, dot] of dots.entries()) dot.setAttribute("class", index < left ? "left" : "spent");
      value.textContent = `${left} of ${requests} left`;
      const paused = connected && retry_at !== undefined && retry_at > now;
      note.textContent = paused
        ? `paused for ${Math.ceil((retry_at - now) / 60)} min`
        : `per ${Math.round(seconds / 60)} min`;
    },
  };
}
