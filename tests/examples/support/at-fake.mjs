// For `node --import`: sends a program's requests for Zoho's hosts to the test's fake at FAKE_ZOHO. With FAKE_TERMINAL,
// stderr is a terminal for the program.

const { FAKE_ZOHO, FAKE_TERMINAL } = process.env;
const { fetch } = globalThis;
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  // Requests to loopback are the test's own.
  if (request.url.startsWith("http:")) return fetch(request);
  const { url, method, headers, signal } = request;
  const body = await request.arrayBuffer();
  const sent = { method, headers, signal, redirect: /** @type {const} */ ("manual") };
  return fetch(`${FAKE_ZOHO}/${url}`, { ...sent, ...(body.byteLength > 0 && { body }) });
};
if (FAKE_TERMINAL) Object.assign(process.stderr, { isTTY: true, columns: 80, rows: 24 });
