// grantkit's WebAssembly in this page: a request, its callback, an answer, an error's code.

import rows from "virtual:errors";
import { OAuthClient, zoho } from "grantkit";
import { fillDataCentres } from "../data-centres.js";
import { byId, control, el, fill } from "../element.js";
import { meaning } from "../error-message.js";
import { busy } from "../progress.js";
import { PARAMETERS } from "./parameters.js";
import { judging } from "./token-response.js";

/** @typedef {{ client: OAuthClient, pending: import("grantkit").Pending, location: import("grantkit").ZohoLocation }} Attempt */

/** @typedef {Pick<import("../session.js").Config, "scopes" | "location">} Defaults */

/** @param {Defaults} config */
export function local(config) {
  /** The request that was built last. @type {Attempt | undefined} */
  let attempt;
  requesting(config, (made) => {
    attempt = made;
  });
  checking(() => attempt);
  judging();
  lookingUp();
}

/** @param {Defaults} config @param {(attempt: Attempt) => void} made */
function requesting({ scopes, location }, made) {
  const form = byId("local-form", HTMLFormElement);
  const shown = byId("local-request");
  fillDataCentres(control(form, "location"), ["us", "eu", "in", "au", "jp", "cn", "ca", "sa", "uk", "ae"], location);
  control(form, "client_id").value = "1000.YOURCLIENTID";
  control(form, "redirect_uri").value = "https://app.example/callback";
  control(form, "scope").value = scopes[0]?.scope ?? "ZohoCRM.modules.leads.READ";

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { client_id, redirect_uri, scope, location } = /** @type {Record<string, string>} */ (
      Object.fromEntries(new FormData(form))
    );
    const places = {
      button: /** @type {HTMLElement} */ (form.querySelector("[type=submit]")),
      said: byId("local-said"),
      doing: "Building",
      trouble: byId("local-problem"),
    };
    const built = await busy(places, async () => {
      const place = /** @type {import("grantkit").ZohoLocation} */ (location);
      const client = new OAuthClient({
        server: zoho({ location: place }),
        client_id: `${client_id}`,
        redirect_uri: `${redirect_uri}`,
      });
      const wanted = `${scope}`.split(/[\s,]+/).filter(Boolean);
      const { url, pending } = await client.authorizationRequest({ scope: wanted });
      made({ client, pending, location: place });
      return url;
    });
    fill(shown, built && parts(new URL(built)));
    if (built) byId("local-said").textContent = "Built. Its parts are below.";
  });
}

/** @param {URL} url */
function parts(url) {
  const copied = el("span", { class: "said", role: "status" });
  const copy = el("button", { type: "button", class: "button small" }, "Copy the URL");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(url.href).then(
      () => fill(copied, "Copied."),
      () => fill(copied, "The browser refused. Select the URL, and copy it."),
    );
  });
  const row = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ meaning) => {
    return el(
      "div",
      {},
      el("dt", {}, el("code", {}, name)),
      el("dd", {}, el("code", { class: "value" }, value), el("span", {}, meaning)),
    );
  };
  return el(
    "div",
    { class: "request" },
    el("p", { class: "url" }, url.href),
    el("div", { class: "actions" }, copy, copied),
    el(
      "dl",
      { class: "parts" },
      row("endpoint", url.origin + url.pathname, "The consent page of this data centre."),
      ...[...url.searchParams].map(([name, value]) => row(name, value, PARAMETERS[name] ?? "")),
    ),
  );
}

/** @param {() => Attempt | undefined} last */
function checking(last) {
  const form = byId("check-form", HTMLFormElement);
  const field = control(form, "callback");
  const result = byId("check-result");
  const places = {
    button: /** @type {HTMLElement} */ (form.querySelector("[type=submit]")),
    trouble: byId("check-problem"),
  };

  const example = (/** @type {string} */ accounts) => () => {
    const { pending, location } = last() ?? {};
    const url = new URL(pending?.redirect_uri ?? "https://app.example/callback");
    const answer = { state: pending?.state ?? "unknown", code: "1000.example.code", location: location ?? "us" };
    for (const [name, value] of Object.entries({
      ...answer,
      "accounts-server": accounts || serverOf(answer.location),
    })) {
      url.searchParams.set(name, value);
    }
    field.value = url.href;
    field.focus();
  };
  byId("example-callback").addEventListener("click", example(""));
  byId("forged-callback").addEventListener("click", example("https://accounts.zoho.com.evil.example"));

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    fill(result);
    const { client, pending } = last() ?? {};
    const checked = await busy(places, () => {
      const checker =
        client ?? new OAuthClient({ server: zoho(), client_id: "none", redirect_uri: "https://app.example/callback" });
      // Without a request there is no Pending, and the callback is refused; that is grantkit's to say.
      return checker.validateAuthorizationResponse(field.value.trim(), /** @type {any} */ (pending));
    });
    if (!checked) return;
    // The code in it is somebody's.
    field.value = "";
    const where = checked.accounts_server ?? "the token endpoint";
    fill(
      result,
      el(
        "p",
        { class: "good" },
        "It belongs to this request. Its code would be exchanged at ",
        el("code", {}, where),
        ".",
      ),
    );
  });
}

/** Where a user of a data centre has their account, as grantkit's own request names it. @param {string} location */
function serverOf(location) {
  const hosts = {
    au: "accounts.zoho.com.au",
    ca: "accounts.zohocloud.ca",
    cn: "accounts.zoho.com.cn",
    us: "accounts.zoho.com",
  };
  return `https://${hosts[/** @type {keyof typeof hosts} */ (location)] ?? `accounts.zoho.${location}`}`;
}

function lookingUp() {
  const select = /** @type {HTMLSelectElement} */ (byId("code"));
  const room = byId("code-meaning");
  fill(select, ...rows.map(({ code }) => el("option", { value: code }, code)));
  const show = () => {
    const row = meaning(select.value);
    fill(
      room,
      row && el("p", {}, row.happened, "."),
      row && el("p", {}, el("strong", {}, "Next step"), ` ${row.next}.`),
    );
  };
  select.addEventListener("change", show);
  show();
}
