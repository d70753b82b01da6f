// One suite for every runtime. It imports no runner, no runtime and no file: a runner passes it the modules to test and
// runs the list. It uses only what every web platform has.

import { authorization } from "./scenario/authorization.mjs";
import { callback } from "./scenario/callback.mjs";
import { cancellation } from "./scenario/cancellation.mjs";
import { failures } from "./scenario/failures.mjs";
import { grants } from "./scenario/grants.mjs";
import { network } from "./scenario/network.mjs";
import { secrets } from "./scenario/secrets.mjs";

/** @type {import("./scenario/setup.mjs").Test[]} */
export const scenario = [
  ...authorization,
  ...callback,
  ...grants,
  ...failures,
  ...cancellation,
  ...secrets,
  ...network,
];
