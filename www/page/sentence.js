/** Formats a message as a sentence. A first word that is not plain lower-case letters, such as a host, stays unchanged. @param {string} text */
export function sentence(text) {
  const capitalized = /^[a-z]+\s/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?]$/.test(capitalized) ? capitalized : `${capitalized}.`;
}
