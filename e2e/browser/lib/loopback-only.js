// Preloaded before anything else: a program's fetch reaches this machine, and names any other host it was asked for.
const send = globalThis.fetch;

globalThis.fetch = async function fetch(input, init) {
  const { hostname } = new URL(input instanceof Request ? input.url : input);
  if (hostname === 'localhost') return send(input, init);
  const why = `only this machine may be asked, not ${hostname}`;
  console.error(why); // Clerk's packages make an error without words of it
  throw new Error(why);
};
