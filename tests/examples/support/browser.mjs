/**
 * A browser that reaches an application through a proxy that terminates TLS: requests to `origin` go to `port` on loopback.
 *
 * @param {string} origin https
 * @param {string} port
 */
export function browserAt(origin, port) {
  /** @type {Map<string, { value: string, attributes: string[] }>} */
  const cookies = new Map();

  /** @param {string} url @param {RequestInit} [init] */
  async function visit(url, init) {
    const { pathname, search, host } = new URL(url, origin);
    const cookie = [...cookies].map(([name, { value }]) => `${name}=${value}`).join("; ");
    const response = await fetch(`http://127.0.0.1:${port}${pathname}${search}`, {
      ...init,
      redirect: "manual",
      headers: { "x-forwarded-proto": "https", "x-forwarded-host": host, ...(cookie && { cookie }) },
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split("; ");
      const [name = "", value = ""] = pair.split(/=(.*)/);
      const isExpired = attributes.some((attribute) => /^(Max-Age=0|Expires=Thu, 01 Jan 1970.*)$/.test(attribute));
      if (isExpired || value === "") cookies.delete(name);
      else cookies.set(name, { value, attributes });
    }
    const location = response.headers.get("location") ?? "";
    return { status: response.status, location, page: await response.text() };
  }

  return { cookies, visit, press: (/** @type {string} */ path) => visit(path, { method: "POST" }) };
}
