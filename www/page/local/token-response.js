import { OAuthClient, zoho } from "grantkit";
import { byId, control, el, fill } from "../element.js";
import { withProgress } from "../progress.js";

/** Parses a token response that the user pastes. The client gets it from its `fetch` option, so that nothing is sent. */
export function initTokenResponse() {
  const form = byId("response-form", HTMLFormElement);
  const result = byId("response-result");
  const options = {
    button: /** @type {HTMLElement} */ (form.querySelector("[type=submit]")),
    alert: byId("response-problem"),
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    fill(result);
    const { grant, status, body } = Object.fromEntries(new FormData(form));
    const tokens = await withProgress(options, () => parseTokenResponse(`${grant}`, Number(status), `${body}`));
    if (!tokens) return;
    // The field contains tokens.
    control(form, "body").value = "";
    const members = Object.keys(tokens).join(", ");
    fill(
      result,
      el(
        "p",
        { class: "good" },
        "This response contains tokens. Its members are ",
        el("code", {}, members),
        ". The page has deleted their values.",
      ),
    );
  });
}

/** @param {string} grant @param {number} status @param {string} body */
function parseTokenResponse(grant, status, body) {
  const client = new OAuthClient({
    server: zoho(),
    client_id: "1000.EXAMPLE",
    client_secret: "none",
    // The Response constructor rejects a body with these statuses.
    fetch: async () => new Response([204, 205, 304].includes(status) ? null : body, { status }),
  });
  const tokens = { access_token: "none", token_type: "Bearer", refresh_token: "none" };
  return grant === "refresh" ? client.refreshTokenGrant(tokens) : client.exchangeCode("none");
}
