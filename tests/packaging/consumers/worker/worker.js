import { OAuthClient, OAuthError, zoho } from "grantkit";
import { walk } from "../walk.js";

export default {
  /** @param {Request} request */
  async fetch(request) {
    return Response.json(await walk({ OAuthClient, OAuthError, zoho }, await request.json()));
  },
};
