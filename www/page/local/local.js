// The section "In the browser", which runs grantkit's WebAssembly in this page.

import rows from "virtual:errors";
import { OAuthClient, zoho } from "grantkit";
import { zohoRegions } from "../../regions.js";
import { fillDataCentres } from "../data-centres.js";
import { byId, control, el, fill } from "../element.js";
import { errorRow } from "../error-message.js";
import { withProgress } from "../progress.js";
import { PARAMETERS } from "./parameters.js";
import { initTokenResponse } from "./token-response.js";

/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */
/** @typedef {{ client: OAuthClient, pending: import("grantkit").Pending, location: ZohoLocation }} BuiltRequest */

/** @typedef {Pick<import("../session.js").Config, "scopes" | "location">} Defaults */

/** @param {Defaults} config */
export function initLocal(config) {
  /** @type {BuiltRequest | undefined} */
  let lastRequest;
  initAuthorizationRequest(config, (built) => {
    lastRequest = built;
  });
  initCallback(() => lastRequest);
  initTokenResponse();
  initErrorCodes();
}

/** @param {Defaults} config @param {(built: BuiltRequest) => void} onBuilt */
function initAuthorizationRequest({ scopes, location }, onBuilt) {
  const form = byId("local-form", HTMLFormElement);
  const result = byId("local-request");
  const locations = zohoRegions.map((region) => region.location);
  fillDataCentres(control(form, "location"), locations, location);
  control(form, "client_id").value = "1000.YOURCLIENTID";
  control(form, "redirect_uri").value = "https://app.example/callback";
  control(form, "scope").value = scopes[0]?.scope ?? "ZohoCRM.modules.leads.READ";

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { client_id, redirect_uri, scope, location } = /** @type {Record<string, string>} */ (
      Object.fromEntries(new FormData(form))
    );
    const status = byId("local-status");
    const options = {
      button: /** @type {HTMLElement} */ (form.querySelector("[type=submit]")),
      status,
      label: "Building",
      alert: byId("local-problem"),
    };
    const href = await withProgress(options, async () => {
      const chosen = /** @type {ZohoLocation} */ (location);
      const client = new OAuthClient({
        server: zoho({ location: chosen }),
        client_id: `${client_id}`,
        redirect_uri: `${redirect_uri}`,
      });
      const scopes = `${scope}`.split(/[\s,]+/).filter(Boolean);
      const { url, pending } = await client.authorizationRequest({ scope: scopes });
      onBuilt({ client, pending, location: chosen });
      return url;
    });
    fill(result, href && urlDetails(new URL(href)));
    if (href) status.textContent = "The URL and its parameters are below.";
  });
}

/** @param {URL} url */
function urlDetails(url) {
  const copyStatus = el("span", { class: "status", role: "status" });
  const copy = el("button", { type: "button", class: "button small" }, "Copy the URL");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(url.href).then(
      () => fill(copyStatus, "Copied."),
      () => fill(copyStatus, "The browser denied access to the clipboard. Select the URL and copy it."),
    );
  });
  const row = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ purpose) => {
    return el(
      "div",
      {},
      el("dt", {}, el("code", {}, name)),
      el("dd", {}, el("code", { class: "value" }, value), el("span", {}, purpose)),
    );
  };
  return el(
    "div",
    { class: "request" },
    el("p", { class: "url" }, url.href),
    el("div", { class: "actions" }, copy, copyStatus),
    el(
      "dl",
      { class: "parts" },
      row("endpoint", url.origin + url.pathname, "The authorization endpoint of this data centre."),
      ...[...url.searchParams].map(([name, value]) => row(name, value, PARAMETERS[name] ?? "")),
    ),
  );
}

/** @param {() => BuiltRequest | undefined} lastRequest */
function initCallback(lastRequest) {
  const form = byId("check-form", HTMLFormElement);
  const field = control(form, "callback");
  const result = byId("check-result");
  const options = {
    button: /** @type {HTMLElement} */ (form.querySelector("[type=submit]")),
    alert: byId("check-problem"),
  };

  /** @param {string} [accountsServer] by default that of the request's data centre */
  const fillExample = (accountsServer) => {
    const { pending, location = "us" } = lastRequest() ?? {};
    const region = zohoRegions.find((one) => one.location === location);
    const url = new URL(pending?.redirect_uri ?? "https://app.example/callback");
    url.searchParams.set("state", pending?.state ?? "unknown");
    url.searchParams.set("code", "1000.example.code");
    url.searchParams.set("location", location);
    url.searchParams.set("accounts-server", accountsServer ?? region?.accounts_server ?? "");
    field.value = url.href;
    field.focus();
  };
  byId("example-callback").addEventListener("click", () => fillExample());
  byId("forged-callback").addEventListener("click", () => fillExample("https://accounts.zoho.com.evil.example"));

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    fill(result);
    const { client, pending } = lastRequest() ?? {};
    const validated = await withProgress(options, () => {
      const validator =
        client ?? new OAuthClient({ server: zoho(), client_id: "none", redirect_uri: "https://app.example/callback" });
      // grantkit rejects a callback whose request is missing, and the page shows that error.
      return validator.validateAuthorizationResponse(field.value.trim(), /** @type {any} */ (pending));
    });
    if (!validated) return;
    // The field contains a code.
    field.value = "";
    fill(
      result,
      el(
        "p",
        { class: "good" },
        "This callback is valid. grantkit would exchange its code at ",
        el("code", {}, validated.accounts_server ?? "the token endpoint"),
        ".",
      ),
    );
  });
}

function initErrorCodes() {
  const select = /** @type {HTMLSelectElement} */ (byId("code"));
  const meaning = byId("code-meaning");
  fill(select, ...rows.map(({ code }) => el("option", { value: code }, code)));
  const show = () => {
    const row = errorRow(select.value);
    fill(
      meaning,
      row && el("p", {}, row.happened, "."),
      row && el("p", {}, el("strong", {}, "Next step"), ` ${row.next}.`),
    );
  };
  select.addEventListener("change", show);
  show();
}
