import { post, toPageError } from "./api.js";
import { fillDataCentres } from "./data-centres.js";
import { byId, control, el, fill, svg } from "./element.js";
import { problem } from "./error-message.js";
import { busy } from "./progress.js";
import { loadSession } from "./session.js";
import { clock } from "./watch/gauges.js";

/** Failures after which Zoho does not take the grant token again. The others may pass while it is still good. */
const SPENT = ["code_rejected", "refresh_token_missing", "malformed_response", "store"];

/** @param {import("./session.js").Config} config */
export function selfClient(config) {
  const form = byId("self-form", HTMLFormElement);
  byId("no-self-client").hidden = config.self_client;
  form.hidden = !config.self_client;
  fillDataCentres(control(form, "location"), config.locations, config.location);
  const forget = config.fake ? console_(config, form) : () => {};

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = control(form, "code");
    const location = control(form, "location").value;
    const code = field.value.trim();
    const places = { button: submitOf(form), said: byId("self-said"), trouble: byId("self-problem") };
    await busy({ ...places, doing: "Exchanging the grant token" }, async () => {
      const failure = await post("/api/self-client", { code, location }).then(() => undefined, toPageError);
      if (!failure || SPENT.includes(failure.code)) {
        field.value = "";
        forget();
      }
      if (failure) throw failure;
    });
    await loadSession().catch((error) => fill(places.trouble, problem(error)));
    if (!byId("granted").hidden) byId("disconnect").focus();
  });
}

/**
 * Zoho's console, or what this demo needs of it: a grant token and its life.
 *
 * @param {import("./session.js").Config} config
 * @param {HTMLFormElement} form where the token is pasted
 * @returns {() => void} forgets the token
 */
function console_({ locations, location, scopes, self_client }, form) {
  const own = byId("console", HTMLFormElement);
  const shown = byId("generated");
  own.hidden = !self_client;
  fillDataCentres(control(own, "location"), locations, location);
  control(own, "scope").value = scopes.map(({ scope }) => scope).join(",");
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let counting;

  const forget = () => {
    clearInterval(counting);
    fill(shown);
  };

  own.addEventListener("submit", async (event) => {
    event.preventDefault();
    const asked = Object.fromEntries(new FormData(own));
    const seconds = Number(asked.seconds);
    const made = await busy({ button: submitOf(own), trouble: byId("console-problem") }, () => {
      return post("/api/demo/generate-code", { ...asked, seconds });
    });
    if (!made) return;
    control(form, "location").value = `${asked.location}`;
    clearInterval(counting);
    const { token, tick } = grantToken(made.code, seconds);
    fill(shown, token);
    counting = setInterval(() => tick() || clearInterval(counting), 1000);
  });
  return forget;
}

/** @param {string} code @param {number} seconds */
function grantToken(code, seconds) {
  const ends = Date.now() + seconds * 1000;
  const copied = el("span", { class: "said", role: "status" });
  const copy = el("button", { type: "button", class: "button small" }, "Copy");
  const left = el("span", { class: "countdown", role: "timer" });
  const bar = svg("rect", { class: "bar-rest", width: "100%", height: "100%", rx: 2 });
  const life = svg(
    "svg",
    { class: "bar", "aria-hidden": "true", width: "100%", height: 4 },
    svg("rect", { class: "bar-whole", width: "100%", height: "100%", rx: 2 }),
    bar,
  );

  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code);
      copied.textContent = "Copied.";
    } catch {
      copied.textContent = "The browser refused. Select the token, and copy it.";
    }
  });

  /** @returns {boolean} whether it still lives */
  function tick() {
    const rest = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    bar.setAttribute("width", `${(rest / seconds) * 100}%`);
    left.textContent = rest > 0 ? `expires in ${clock(rest)}` : "expired: generate another";
    return rest > 0;
  }
  tick();
  return {
    token: el(
      "div",
      { class: "generation" },
      el("code", { class: "token" }, code),
      life,
      el("div", { class: "actions" }, copy, left, copied),
    ),
    tick,
  };
}

/** @param {HTMLFormElement} form */
function submitOf(form) {
  return /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
}
