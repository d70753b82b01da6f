// An arrow of the diagram: a button, and the details that it opens.

import { el, fill, svg } from "../element.js";
import { errorRow, warningIcon } from "../error-message.js";
import { sentence } from "../sentence.js";
import { failed, LANES } from "./timeline.js";

/** @typedef {import("./timeline.js").Arrow} Arrow */

/** @type {Record<import("./timeline.js").Lane, string>} */
export const LANE_NAMES = {
  browser: "Browser",
  worker: "Worker",
  vault: "Vault",
  accounts: "Accounts",
  api: "CRM API",
};

/** The position of a lane, in per cent of the diagram's width. @param {import("./timeline.js").Lane} lane */
function laneAt(lane) {
  return (100 / LANES.length) * (LANES.indexOf(lane) + 0.5);
}

/**
 * @param {Arrow} arrow
 * @param {string} id of the details
 */
export function arrowRow(arrow, id) {
  const { from, to } = arrow.first;
  const details = el("div", { id, class: "details", hidden: true });
  const text = el("span", { class: "event-text" });
  const meta = el("span", { class: "event-meta" });
  const isFailed = failed(arrow.first);
  const button = el(
    "button",
    { type: "button", class: "event", "aria-expanded": "false", "aria-controls": id },
    text,
    line(from, to, isFailed),
    meta,
  );
  button.style.setProperty("--from", `${laneAt(from)}%`);
  const row = el(
    "li",
    { class: `${from === "browser" ? "from-browser" : ""}${isFailed ? " failed" : ""}`.trim() },
    button,
    details,
  );

  button.addEventListener("click", () => {
    const open = details.hidden;
    if (open) fill(details, facts(arrow));
    details.hidden = !open;
    button.setAttribute("aria-expanded", `${open}`);
  });

  return {
    row,
    /** Shows the current state of the arrow. */
    update() {
      fill(text, el("span", { class: "event-label" }, ...label(arrow)));
      fill(meta, ...outcome(arrow));
      if (!details.hidden) fill(details, facts(arrow));
    },
  };
}

/** @param {import("./timeline.js").Lane} from @param {import("./timeline.js").Lane} to @param {boolean} isFailed */
function line(from, to, isFailed) {
  const [start, end] = [`${laneAt(from)}%`, `${laneAt(to)}%`];
  const head = isFailed ? "url(#head-failed)" : "url(#head)";
  return svg(
    "svg",
    { class: "arrow", "aria-hidden": "true", focusable: "false" },
    svg("circle", { cx: start, cy: "50%", r: 2.5 }),
    svg("line", { x1: start, x2: end, y1: "50%", y2: "50%", "marker-end": head }),
  );
}

/** @param {Arrow} arrow */
function label({ first, count }) {
  const { from, to, method, path, grant_type, code } = first;
  return [
    el("span", { class: "hidden-label" }, `${LANE_NAMES[from]} to ${LANE_NAMES[to]}: `),
    el("span", { class: "event-path" }, `${method} ${withoutQuery(path)}`),
    grant_type && el("span", { class: "event-grant" }, ` ${grant_type}`),
    code && el("span", { class: "event-code" }, ` ${code}`),
    count > 1 && el("span", { class: "event-count" }, el("span", { class: "hidden-label" }, ", times "), ` ×${count}`),
  ];
}

/** @param {Arrow} arrow */
function outcome({ first, longest }) {
  const { status, code, durationMs, note } = first;
  const result = status ?? (code ? "failed" : (note ?? "ok"));
  return [
    el("span", { class: "hidden-label" }, failed(first) ? ", failed: " : ", "),
    el("span", { class: "event-status" }, failed(first) && warningIcon(), result),
    durationMs !== undefined &&
      el("span", { class: "event-time" }, el("span", { class: "hidden-label" }, ", "), milliseconds(longest)),
  ];
}

/** @param {Arrow} arrow */
function facts({ first, count, start, shortest, longest }) {
  const { from, to, method, path, host, grant_type, status, durationMs, code, note } = first;
  const duration =
    shortest === longest ? milliseconds(longest) : `${milliseconds(shortest)} to ${milliseconds(longest)}`;
  const rows = {
    From: LANE_NAMES[from],
    To: host ? `${LANE_NAMES[to]}, ${host}` : LANE_NAMES[to],
    Request: `${method} ${path}`,
    "Grant type": grant_type,
    Status: status,
    Code: code && `${code}. ${errorRow(code)?.happened ?? ""}`,
    "Next step": code && errorRow(code)?.next,
    Duration: durationMs === undefined ? undefined : duration,
    Count: count > 1 ? count : undefined,
    Sent: new Date(start).toLocaleTimeString(),
    Note: note && sentence(note),
  };
  const defined = Object.entries(rows).filter(([, value]) => value !== undefined && value !== "");
  return el(
    "dl",
    { class: "facts" },
    ...defined.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
  );
}

/** @param {number} value */
function milliseconds(value) {
  return value >= 1000 ? `${(value / 1000).toFixed(1)} s` : `${Math.round(value)} ms`;
}

/** @param {string} path */
function withoutQuery(path) {
  return path.replace(/[?#].*$/, "");
}
