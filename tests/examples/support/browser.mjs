/**
 * A browser at an application behind a proxy that ends TLS: what it asks of `origin` comes to the server at `port`.
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
    const answer = await fetch(`http://127.0.0.1:${port}${pathname}${search}`, {
      ...init,
      redirect: "manual",
      headers: { "x-forwarded-proto": "https", "x-forwarded-host": host, ...(cookie && { cookie }) },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split("; ");
      const [name = "", value = ""] = pair.split(/=(.*)/);
      const isOver = attributes.some((attribute) => /^(Max-Age=0|Expires=Thu, 01 Jan 1970.*)$/.test(attribute));
      if (isOver || value === "") cookies.delete(name);
      else cookies.set(name, { value, attributes });
    }
    return { status: answer.status, location: answer.headers.get("location") ?? "", page: await answer.text() };
  }

  return { cookies, visit, press: (/** @type {string} */ path) => visit(path, { method: "POST" }) };
}
