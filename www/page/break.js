import { post, request, toPageError } from "./api.js";
import { CONTROLS, RESET } from "./controls.js";
import { byId, el, fill } from "./element.js";
import { errorMessage } from "./error-message.js";
import { summarizeEvents } from "./event-summary.js";
import { withProgress } from "./progress.js";
import { loadSession, onSession } from "./session.js";
import { eventsUntil, mark } from "./watch/stream.js";

/** @typedef {import("./controls.js").Control} Control */
/** @typedef {import("./watch/timeline.js").WatchEvent} WatchEvent */
/** @typedef {{ response?: any, error?: unknown }} Outcome */

export function initBreak() {
  const rows = CONTROLS.map(controlRow);
  fill(byId("controls"), ...rows.map(({ row }) => row));

  const button = byId("reset");
  const status = byId("reset-status");
  button.addEventListener("click", async () => {
    const options = { button, status, label: "Resetting", alert: byId("reset-problem") };
    const session = await withProgress(options, async () => {
      await post(RESET.path);
      return loadSession();
    });
    if (!session) return;
    status.textContent = session.connected ? "No limit applies now." : "No limit applies now. Connect again.";
  });

  onSession((session) => {
    const { connected } = session;
    currentSession = session;
    byId("break-needs").hidden = connected;
    for (const { button, control } of rows) button.disabled = !connected && control.needsConnection;
  });
}

/** @type {import("./session.js").Session | undefined} */
let currentSession;

/** The effects of the last failure are reset first, so that they do not change the result. @param {Control} control */
function stepsOf({ needsConnection, steps }) {
  return needsConnection && currentSession?.failure ? [RESET, ...steps] : steps;
}

/** @param {Control} control */
function controlRow(control) {
  const { id, title, description, action } = control;
  const button = el("button", { type: "button", class: "button", "aria-describedby": `${id}-description` }, action);
  const result = el("div", { class: "result", id: `${id}-result`, role: "status" });
  const row = el(
    "li",
    { id },
    el("div", { class: "control" }, el("h3", {}, title), el("p", { id: `${id}-description` }, description), button),
    result,
  );
  button.addEventListener("click", () => runControl(control, button, result));
  return { row, button, control };
}

/** @param {Control} control @param {HTMLButtonElement} button @param {HTMLElement} result */
async function runControl(control, button, result) {
  const start = mark();
  const progress = el("div", { class: "progress" });
  await withProgress({ button, alert: result }, async () => {
    fill(result, progress);
    const steps = stepsOf(control);
    for (const [done, { label, path, body }] of steps.entries()) {
      fill(progress, ...progressBar(label, done, steps.length));
      await post(path, body);
    }
    fill(progress, ...progressBar(control.callLabel, steps.length, steps.length));
    /** @type {Outcome} */
    const outcome = await control.call({ post, request }).then(
      (response) => ({ response }),
      (error) => ({ error }),
    );
    const events = await eventsUntil(start, (event) => event.from === "browser" && control.isLastEvent(event));
    await loadSession();
    fill(result, ...describeResult(control, events, outcome));
  });
}

/** @param {Control} control @param {WatchEvent[]} events @param {Outcome} outcome */
function describeResult(control, events, outcome) {
  const received =
    "error" in outcome ? describeError(outcome.error) : [el("p", {}, control.describe(outcome.response))];
  const lines = summarizeEvents(events).map(({ text, failed }) => el("li", { class: failed && "failed" }, text));
  return [
    el("h4", {}, "What grantkit did"),
    el("ul", { class: "event-summary" }, ...lines),
    el("h4", {}, "What the application received"),
    ...received,
  ];
}

/** @param {unknown} error */
function describeError(error) {
  const { retryable, retryAfter, status } = toPageError(error);
  const members = [
    `HTTP ${status ?? "none"}`,
    `retryable ${retryable}`,
    retryAfter !== undefined && `retryAfter ${retryAfter} s`,
  ];
  return [errorMessage(error), el("p", { class: "members" }, el("code", {}, members.filter(Boolean).join(", ")))];
}

/** @param {string} label @param {number} done @param {number} steps before the last one */
function progressBar(label, done, steps) {
  const bar = el("progress", { value: done, max: steps + 1, "aria-label": "Steps done" });
  return [el("i", { class: "spinner", "aria-hidden": "true" }), `${label} …`, bar];
}
