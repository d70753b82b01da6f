// Opens a URL in the user's browser. A bundle of its own, because only `login` needs it.

import open from "open";

/** @param {string} url @returns {Promise<boolean>} whether a program was started; whether it shows the page cannot be known */
export async function openBrowser(url) {
  try {
    const started = await open(url);
    // A later failure changes nothing: the URL is printed too.
    started.on("error", () => {});
    return true;
  } catch {
    return false;
  }
}
