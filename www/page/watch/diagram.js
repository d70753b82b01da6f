// The sequence diagram: a list of arrows over five lanes, of which the newest is in view.

import { el, fill, svg } from "../element.js";
import { arrowRow, LANE_NAMES } from "./arrow.js";
import { LANES, timeline } from "./timeline.js";

/** How far from its end, in pixels, a list still counts as scrolled to it. */
const NEAR = 24;

/** @param {HTMLElement} room */
export function diagram(room) {
  const { arrows, add } = timeline();
  /** @type {Map<import("./timeline.js").Arrow, ReturnType<typeof arrowRow>>} */
  const rows = new Map();
  let rowsMade = 0;

  const heads = el(
    "div",
    { class: "lanes", "aria-hidden": "true" },
    ...LANES.map((lane) => el("span", {}, LANE_NAMES[lane])),
  );
  const list = el("ol", { class: "events", "aria-label": "Requests, the newest last" });
  const empty = el("p", { class: "empty" }, "Nothing yet. Each request appears here as it happens.");
  const scroller = el(
    "div",
    { class: "scroller", tabindex: "0", role: "region", "aria-label": "Sequence of requests" },
    heads,
    list,
  );
  const newest = el("button", { type: "button", class: "button newest", hidden: true }, "Show the newest");
  fill(room, markers(), scroller, empty, newest);

  const toEnd = () => scroller.scrollTo({ top: scroller.scrollHeight });
  const atEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
  newest.addEventListener("click", () => {
    toEnd();
    scroller.focus({ preventScroll: true });
  });
  scroller.addEventListener("scroll", () => {
    if (atEnd()) newest.hidden = true;
  });

  /** @type {Set<import("./timeline.js").Arrow>} */
  const changed = new Set();

  /** Draws what has come since the last frame. */
  function draw() {
    const follows = atEnd();
    for (const arrow of changed) {
      const row = rows.get(arrow) ?? made(arrow);
      row.update();
    }
    changed.clear();
    for (const [arrow, { row }] of rows) {
      if (arrows.includes(arrow)) continue;
      row.remove();
      rows.delete(arrow);
    }
    empty.hidden = arrows.length > 0;
    if (follows) toEnd();
    else newest.hidden = false;
  }

  /** @param {import("./timeline.js").Arrow} arrow */
  function made(arrow) {
    rowsMade += 1;
    const row = arrowRow(arrow, `event-${rowsMade}`);
    rows.set(arrow, row);
    const after = arrows.slice(arrows.indexOf(arrow) + 1).find((other) => rows.has(other));
    list.insertBefore(row.row, (after && rows.get(after)?.row) ?? null);
    return row;
  }

  return {
    /** @param {import("./timeline.js").WatchEvent} event */
    add(event) {
      const arrow = add(event);
      if (changed.size === 0) requestAnimationFrame(draw);
      changed.add(arrow);
    },
  };
}

function markers() {
  const head = (/** @type {string} */ id, /** @type {string} */ path) => {
    const box = {
      viewBox: "0 0 10 10",
      markerWidth: 8,
      markerHeight: 8,
      markerUnits: "userSpaceOnUse",
      orient: "auto",
    };
    return svg("marker", { id, refX: id === "head" ? 9 : 5, refY: 5, ...box }, svg("path", { d: path }));
  };
  return svg(
    "svg",
    { class: "markers", "aria-hidden": "true", width: 0, height: 0 },
    svg("defs", {}, head("head", "M1 1 9 5 1 9Z"), head("head-failed", "M1 1 9 9M9 1 1 9")),
  );
}
