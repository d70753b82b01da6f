// How CommonJS code in TypeScript imports the package.

import grantkit = require("grantkit");
import testing = require("grantkit/testing");

const client: grantkit.OAuthClient = new grantkit.OAuthClient({ server: grantkit.zoho(), client_id: "id" });
const fake: Promise<testing.FakeZoho> = testing.fakeZoho();

export = { client, fake };
