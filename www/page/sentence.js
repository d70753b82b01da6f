/** A message as a sentence; one that begins with a name, such as a host or a code, keeps it as it is. @param {string} text */
export function sentence(text) {
  const begun = /^[a-z]+\s/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
