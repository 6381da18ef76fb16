// Sends what a program asks of https://api.clerk.com to the address in CLERK_API_URL instead:
//
//   CLERK_API_URL=http://localhost:4545 NODE_OPTIONS=--import=./preload.mjs npx playwright test
//
// `clerk.signIn({ page, emailAddress })` of @clerk/testing reads no CLERK_API_URL, so nothing else leads it to an emulator.
// It has to be loaded before Clerk's packages, which keep the fetch they find; an import in a test comes too late.
// Without CLERK_API_URL such a call fails: your secret key does not leave this machine because a variable was forgotten.

const hosted = 'https://api.clerk.com';
const send = globalThis.fetch;

globalThis.fetch = async function fetch(input, init) {
  const asked = new URL(input instanceof Request ? input.url : input);
  if (asked.origin !== hosted) return send(input, init);
  const address = target(asked);
  return send(input instanceof Request ? new Request(address, input) : address, init);
};

// Read for every call: @clerk/testing loads .env files only when clerkSetup runs.
function target({ pathname, search }) {
  const base = process.env.CLERK_API_URL;
  if (base) return new URL(base.replace(/\/+$/, '') + pathname + search);
  const why = `a call to ${hosted}${pathname} was stopped: set CLERK_API_URL, for example to http://localhost:4545`;
  console.error(why); // Clerk's packages make an error without words of it
  throw new Error(why);
}
