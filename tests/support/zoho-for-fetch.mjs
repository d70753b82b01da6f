// For `node --import`: a fake Zoho answers every fetch of the program under its real names, so that nothing reaches a
// network. It knows the Self Client of the environment, makes a code for it where there is none, and prints what it was
// asked when the program ends.

import { fakeZoho } from "grantkit/testing";

const { ZOHO_CLIENT_ID: client_id = "", ZOHO_CLIENT_SECRET: client_secret = "" } = process.env;
const fake = await fakeZoho({ clients: [{ client_id, client_secret, location: "eu" }] });
process.env.ZOHO_CODE ??= fake.selfClientCode({ client_id, scope: "ZohoCRM.modules.ALL" });
globalThis.fetch = (input, init) => fake.fetch(input, init);
process.on("exit", () => {
  const asked = fake.log.map(({ method, host, path, grant_type }) =>
    [method, host + path, grant_type ?? ""].join(" ").trim(),
  );
  console.error(JSON.stringify(asked));
});
