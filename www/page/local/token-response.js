import { OAuthClient, zoho } from "grantkit";
import { byId, control, el, fill } from "../element.js";
import { busy } from "../progress.js";

/** What grantkit makes of an answer that a token endpoint gave: it is handed the answer instead of sending anything. */
export function judging() {
  const form = byId("judge-form", HTMLFormElement);
  const result = byId("judge-result");
  const places = {
    button: /** @type {HTMLElement} */ (form.querySelector("[type=submit]")),
    trouble: byId("judge-problem"),
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    fill(result);
    const { grant, status, body } = Object.fromEntries(new FormData(form));
    const tokens = await busy(places, () => judged(`${grant}`, Number(status), `${body}`));
    if (!tokens) return;
    // What was pasted holds tokens.
    control(form, "body").value = "";
    const members = Object.keys(tokens).join(", ");
    fill(
      result,
      el(
        "p",
        { class: "good" },
        "These are tokens. The members are ",
        el("code", {}, members),
        "; the values are not kept.",
      ),
    );
  });
}

/** @param {string} grant @param {number} status @param {string} body */
function judged(grant, status, body) {
  const client = new OAuthClient({
    server: zoho(),
    client_id: "1000.EXAMPLE",
    client_secret: "none",
    // A Response of these may have no body.
    fetch: async () => new Response([204, 205, 304].includes(status) ? null : body, { status }),
  });
  const earlier = { access_token: "none", token_type: "Bearer", refresh_token: "none" };
  return grant === "refresh" ? client.refreshTokenGrant(earlier) : client.exchangeCode("none");
}
