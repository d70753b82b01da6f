import { html } from "hono/html";
import { sentence } from "../page/sentence.js";

/** The HTML page of an error. @param {import("./error-details.js").ErrorDetails} details */
export function errorPage({ code, message, retryAfter }) {
  const wait = retryAfter === undefined ? "" : ` Try again in ${Math.ceil(retryAfter)} seconds.`;
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${code} · grantkit</title>
  <link rel="icon" href="/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/style.css">
</head>
<body class="error">
  <main id="main">
    <h1>Something went wrong</h1>
    <div class="problem" role="alert">
      <strong><code>${code}</code></strong>
      <p>${sentence(message)}${wait}</p>
    </div>
    <p><a class="button primary" href="/">Start again</a></p>
  </main>
</body>
</html>
`;
}
