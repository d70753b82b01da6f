// A TokenManager for stores of the user, whose errors may quote a record in any form. A vault has a store of its own.

import { dumps } from "./dumps.js";
import { TokenManager as Manager } from "./manager.js";

export class TokenManager extends Manager {
  /**
   * @param {import("./index.js").OAuthClient} client
   * @param {import("./index.js").TokenStore} store
   * @param {{ key?: string, leeway?: number, storeTimeoutMs?: number }} [options]
   */
  constructor(client, store, options) {
    super(client, store, options, dumps);
  }
}
