import { fill } from "./element.js";
import { errorMessage } from "./error-message.js";

/**
 * Runs what a button starts, once at a time. It shows the progress meanwhile, and the error afterwards.
 *
 * @template Value
 * @param {object} options
 * @param {HTMLElement} options.button
 * @param {HTMLElement} [options.status] the element that shows the progress
 * @param {string} [options.label] the progress, such as "Exchanging the code"
 * @param {HTMLElement} options.alert the element that shows the error
 * @param {() => Promise<Value>} run
 * @returns {Promise<Value | undefined>} undefined if it failed or was already running
 */
export async function withProgress({ button, status, label, alert }, run) {
  if (button.getAttribute("aria-disabled") === "true") return undefined;
  button.setAttribute("aria-disabled", "true");
  fill(alert);
  if (status && label) status.textContent = `${label} …`;
  try {
    const value = await run();
    if (status) status.textContent = "";
    return value;
  } catch (error) {
    if (status) status.textContent = "";
    fill(alert, errorMessage(error));
    return undefined;
  } finally {
    button.removeAttribute("aria-disabled");
  }
}
