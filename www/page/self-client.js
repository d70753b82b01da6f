import { post, toPageError } from "./api.js";
import { fillDataCentres } from "./data-centres.js";
import { byId, control, el, fill, svg } from "./element.js";
import { errorMessage } from "./error-message.js";
import { withProgress } from "./progress.js";
import { loadSession } from "./session.js";
import { formatTime } from "./watch/gauges.js";

/** Errors after which the grant token is invalid. After any other error it can be sent again. */
const GRANT_TOKEN_USED = ["code_rejected", "refresh_token_missing", "malformed_response", "store"];

/** @param {import("./session.js").Config} config */
export function initSelfClient(config) {
  const form = byId("self-form", HTMLFormElement);
  byId("no-self-client").hidden = config.self_client;
  form.hidden = !config.self_client;
  fillDataCentres(control(form, "location"), config.locations, config.location);
  const clearGrantToken = config.fake ? initConsole(config, form) : () => {};

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = control(form, "code");
    const location = control(form, "location").value;
    const code = field.value.trim();
    const options = { button: submitButton(form), status: byId("self-status"), alert: byId("self-problem") };
    await withProgress({ ...options, label: "Exchanging the grant token" }, async () => {
      const error = await post("/api/self-client", { code, location }).then(() => undefined, toPageError);
      if (!error || GRANT_TOKEN_USED.includes(error.code)) {
        field.value = "";
        clearGrantToken();
      }
      if (error) throw error;
    });
    await loadSession().catch((error) => fill(options.alert, errorMessage(error)));
    if (!byId("granted").hidden) byId("disconnect").focus();
  });
}

/**
 * A fake of Zoho's API console, which generates grant tokens.
 *
 * @param {import("./session.js").Config} config
 * @param {HTMLFormElement} selfForm the form that exchanges the grant token
 * @returns {() => void} removes the generated token from the page
 */
function initConsole({ locations, location, scopes, self_client }, selfForm) {
  const form = byId("console", HTMLFormElement);
  const generated = byId("generated");
  form.hidden = !self_client;
  fillDataCentres(control(form, "location"), locations, location);
  control(form, "scope").value = scopes.map(({ scope }) => scope).join(",");
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let countdown;

  const clear = () => {
    clearInterval(countdown);
    fill(generated);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const data = Object.fromEntries(new FormData(form));
    const seconds = Number(data.seconds);
    const response = await withProgress({ button: submitButton(form), alert: byId("console-problem") }, () => {
      return post("/api/demo/generate-code", { ...data, seconds });
    });
    if (!response) return;
    control(selfForm, "location").value = `${data.location}`;
    clearInterval(countdown);
    const { element, tick } = grantToken(response.code, seconds);
    fill(generated, element);
    countdown = setInterval(() => tick() || clearInterval(countdown), 1000);
  });
  return clear;
}

/** @param {string} code @param {number} seconds until it expires */
function grantToken(code, seconds) {
  const expiry = Date.now() + seconds * 1000;
  const copyStatus = el("span", { class: "status", role: "status" });
  const copy = el("button", { type: "button", class: "button small" }, "Copy");
  const timeLeft = el("span", { class: "countdown", role: "timer" });
  const bar = svg("rect", { class: "bar-rest", width: "100%", height: "100%", rx: 2 });
  const lifetime = svg(
    "svg",
    { class: "bar", "aria-hidden": "true", width: "100%", height: 4 },
    svg("rect", { class: "bar-whole", width: "100%", height: "100%", rx: 2 }),
    bar,
  );

  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code);
      copyStatus.textContent = "Copied.";
    } catch {
      copyStatus.textContent = "The browser denied access to the clipboard. Select the token and copy it.";
    }
  });

  /** @returns {boolean} whether the token is still valid */
  function tick() {
    const rest = Math.max(0, Math.ceil((expiry - Date.now()) / 1000));
    bar.setAttribute("width", `${(rest / seconds) * 100}%`);
    timeLeft.textContent = rest > 0 ? `expires in ${formatTime(rest)}` : "expired: generate a new one";
    return rest > 0;
  }
  tick();
  return {
    element: el(
      "div",
      { class: "generation" },
      el("code", { class: "token" }, code),
      lifetime,
      el("div", { class: "actions" }, copy, timeLeft, copyStatus),
    ),
    tick,
  };
}

/** @param {HTMLFormElement} form */
function submitButton(form) {
  return /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
}
