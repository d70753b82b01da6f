// For `node --import`: what a program asks of Zoho goes to the fake of the test, at FAKE_ZOHO, under its real names.
// With FAKE_TERMINAL it believes that somebody watches.

const { FAKE_ZOHO, FAKE_TERMINAL } = process.env;
const { fetch } = globalThis;
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  // Loopback is the test's own.
  if (request.url.startsWith("http:")) return fetch(request);
  const { url, method, headers, signal } = request;
  const body = await request.arrayBuffer();
  const sent = { method, headers, signal, redirect: /** @type {const} */ ("manual") };
  return fetch(`${FAKE_ZOHO}/${url}`, { ...sent, ...(body.byteLength > 0 && { body }) });
};
if (FAKE_TERMINAL) Object.assign(process.stderr, { isTTY: true, columns: 80, rows: 24 });
