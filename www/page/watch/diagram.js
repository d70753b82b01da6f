// The sequence diagram: a list of arrows over five lanes, scrolled to the newest arrow.

import { el, fill, svg } from "../element.js";
import { arrowRow, LANE_NAMES } from "./arrow.js";
import { LANES, timeline } from "./timeline.js";

/** A list that is scrolled to within this many pixels of its end follows new arrows. */
const END_TOLERANCE = 24;

/** @param {HTMLElement} container */
export function diagram(container) {
  const { arrows, add } = timeline();
  /** @type {Map<import("./timeline.js").Arrow, ReturnType<typeof arrowRow>>} */
  const rows = new Map();
  let rowCount = 0;

  const heads = el(
    "div",
    { class: "lanes", "aria-hidden": "true" },
    ...LANES.map((lane) => el("span", {}, LANE_NAMES[lane])),
  );
  const list = el("ol", { class: "events", "aria-label": "Requests, newest last" });
  const empty = el("p", { class: "empty" }, "No requests yet. Each request appears here as it happens.");
  const scroller = el(
    "div",
    { class: "scroller", tabindex: "0", role: "region", "aria-label": "Sequence of requests" },
    heads,
    list,
  );
  const newest = el("button", { type: "button", class: "button newest", hidden: true }, "Show newest");
  fill(container, markers(), scroller, empty, newest);

  const toEnd = () => scroller.scrollTo({ top: scroller.scrollHeight });
  const atEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < END_TOLERANCE;
  newest.addEventListener("click", () => {
    toEnd();
    scroller.focus({ preventScroll: true });
  });
  scroller.addEventListener("scroll", () => {
    if (atEnd()) newest.hidden = true;
  });

  /** @type {Set<import("./timeline.js").Arrow>} */
  const changed = new Set();

  /** Draws the arrows that changed since the last frame. */
  function draw() {
    const wasAtEnd = atEnd();
    for (const arrow of changed) {
      const row = rows.get(arrow) ?? insertRow(arrow);
      row.update();
    }
    changed.clear();
    for (const [arrow, { row }] of rows) {
      if (arrows.includes(arrow)) continue;
      row.remove();
      rows.delete(arrow);
    }
    empty.hidden = arrows.length > 0;
    if (wasAtEnd) toEnd();
    else newest.hidden = false;
  }

  /** @param {import("./timeline.js").Arrow} arrow */
  function insertRow(arrow) {
    rowCount += 1;
    const row = arrowRow(arrow, `event-${rowCount}`);
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
