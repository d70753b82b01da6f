// For `node --import`: a fake Zoho responds to every fetch of the program at Zoho's real host names, so that no request
// reaches a network. It registers the Self Client of the environment, creates a code if there is none, and prints the
// requests that it received when the program ends.

import { fakeZoho } from "grantkit/testing";

const { ZOHO_CLIENT_ID: client_id = "", ZOHO_CLIENT_SECRET: client_secret = "" } = process.env;
const fake = await fakeZoho({ clients: [{ client_id, client_secret, location: "eu" }] });
process.env.ZOHO_CODE ??= fake.selfClientCode({ client_id, scope: "ZohoCRM.modules.ALL" });
globalThis.fetch = (input, init) => fake.fetch(input, init);
process.on("exit", () => {
  const requests = fake.log.map(({ method, host, path, grant_type }) =>
    [method, host + path, grant_type ?? ""].join(" ").trim(),
  );
  console.error(JSON.stringify(requests));
});
