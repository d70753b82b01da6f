import { post, request, toPageError } from "./api.js";
import { CONTROLS, HEAL } from "./controls.js";
import { byId, el, fill } from "./element.js";
import { problem } from "./error-message.js";
import { story } from "./event-summary.js";
import { busy } from "./progress.js";
import { loadSession, onSession } from "./session.js";
import { eventsUntil, mark } from "./watch/stream.js";

/** @typedef {import("./controls.js").Control} Control */
/** @typedef {import("./watch/timeline.js").WatchEvent} WatchEvent */

export function breaking() {
  const rows = CONTROLS.map(controlRow);
  fill(byId("controls"), ...rows.map(({ row }) => row));

  const reset = byId("reset");
  const places = {
    button: reset,
    said: byId("reset-said"),
    doing: "Letting time pass",
    trouble: byId("reset-problem"),
  };
  reset.addEventListener("click", async () => {
    const done = await busy(places, async () => {
      await post(HEAL.path);
      return loadSession();
    });
    if (!done) return;
    byId("reset-said").textContent = done.connected ? "Limits are free again." : "Limits are free again. Connect anew.";
  });

  onSession((session) => {
    const { connected } = session;
    current = session;
    byId("break-needs").hidden = connected;
    for (const { button, control } of rows) button.disabled = !connected && control.connected;
  });
}

/** @type {import("./session.js").Session | undefined} */
let current;

/** What an earlier failure left behind would be told as part of this one. @param {Control} control */
function stepsOf({ connected, steps }) {
  return connected && current?.failure ? [HEAL, ...steps] : steps;
}

/** @param {Control} control */
function controlRow(control) {
  const { id, title, does, verb } = control;
  const button = el("button", { type: "button", class: "button", "aria-describedby": `${id}-does` }, verb);
  const result = el("div", { class: "result", id: `${id}-result`, role: "status" });
  const row = el(
    "li",
    { id },
    el("div", { class: "control" }, el("h3", {}, title), el("p", { id: `${id}-does` }, does), button),
    result,
  );
  button.addEventListener("click", () => perform(control, button, result));
  return { row, button, control };
}

/** @param {Control} control @param {HTMLButtonElement} button @param {HTMLElement} result */
async function perform(control, button, result) {
  const begun = mark();
  const progress = el("div", { class: "progress" });
  await busy({ button, trouble: result }, async () => {
    fill(result, progress);
    const steps = stepsOf(control);
    for (const [done, { says, path, body }] of steps.entries()) {
      fill(progress, ...doing(says, done, steps.length));
      await post(path, body);
    }
    fill(progress, ...doing(control.meeting, steps.length, steps.length));
    const told = await control.meet({ post, request }).then(
      (answer) => ({ answer }),
      (error) => ({ error }),
    );
    const events = await eventsUntil(begun, (event) => event.from === "browser" && control.ends(event));
    await loadSession();
    fill(result, ...outcome(control, events, told));
  });
}

/** @param {Control} control @param {WatchEvent[]} events @param {{ answer?: any, error?: unknown }} told */
function outcome(control, events, told) {
  const answer = "error" in told ? failed(told.error) : [el("p", {}, control.says(told.answer))];
  return [
    el("h4", {}, "What grantkit did"),
    el("ul", { class: "story" }, ...story(events).map(({ text, bad }) => el("li", { class: bad && "failed" }, text))),
    el("h4", {}, "What the application was told"),
    ...answer,
  ];
}

/** @param {unknown} error */
function failed(error) {
  const { retryable, retryAfter, status } = toPageError(error);
  const facts = [
    `HTTP ${status ?? "none"}`,
    `retryable ${retryable}`,
    retryAfter !== undefined && `retryAfter ${retryAfter} s`,
  ];
  return [problem(error), el("p", { class: "members" }, el("code", {}, facts.filter(Boolean).join(", ")))];
}

/** @param {string} what @param {number} done @param {number} steps before the last */
function doing(what, done, steps) {
  const bar = el("progress", { value: done, max: steps + 1, "aria-label": "Steps done" });
  return [el("i", { class: "spinner", "aria-hidden": "true" }), `${what} …`, bar];
}
