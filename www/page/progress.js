import { fill } from "./element.js";
import { problem } from "./error-message.js";

/**
 * Does what a control asks for: one at a time, with words while it lasts, and its error where it failed.
 *
 * @template Value
 * @param {object} places
 * @param {HTMLElement} places.button
 * @param {HTMLElement} [places.said] where progress is told
 * @param {string} [places.doing] the progress, such as "Exchanging the code"
 * @param {HTMLElement} places.trouble an alert
 * @param {() => Promise<Value>} run
 * @returns {Promise<Value | undefined>} undefined where it failed, or was running already
 */
export async function busy({ button, said, doing, trouble }, run) {
  if (button.getAttribute("aria-disabled") === "true") return undefined;
  button.setAttribute("aria-disabled", "true");
  fill(trouble);
  if (said && doing) said.textContent = `${doing} …`;
  try {
    const value = await run();
    if (said) said.textContent = "";
    return value;
  } catch (error) {
    if (said) said.textContent = "";
    fill(trouble, problem(error));
    return undefined;
  } finally {
    button.removeAttribute("aria-disabled");
  }
}
