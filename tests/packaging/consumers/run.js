// Runs a bundle in Node: `run.js <bundle> <what it is given, as JSON>`.

const [bundle = "", given = ""] = process.argv.slice(2);
globalThis.given = JSON.parse(given);
await import(bundle);
console.log(JSON.stringify(await globalThis.outcome));
