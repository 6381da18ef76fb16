// Reads what `nightclerk env` prints for a framework, as an app's .env file and its developer read it.

/**
 * The variables of a block.
 * @param {string} block
 * @returns {Record<string, string>}
 */
export function variables(block) {
  const pairs = block.split('\n').map((line) => line.match(/^([A-Z_]+)=(.*)$/)).filter(Boolean);
  return Object.fromEntries(pairs.map(([, key, value]) => [key, value.startsWith('"') ? JSON.parse(value) : value]));
}

/**
 * The properties of ClerkProvider that stand below an SDK's name in a block or in a code block of the documentation.
 * @param {string} text
 * @param {string} sdk such as "@clerk/react 6"
 * @returns {Record<string, string>}
 */
export function properties(text, sdk) {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => /^(#|\/\/) /.test(line) && line.endsWith(sdk));
  if (start < 0) throw new Error(`nothing is said of ${sdk} in:\n${text}`);
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^((#|\/\/) @|```)/.test(line));
  const own = rest.slice(0, end < 0 ? undefined : end).join('\n');
  return Object.fromEntries([...own.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}

/** The publishable key that Clerk gives an instance with this host. */
export const keyOf = (host) => `pk_test_${Buffer.from(`${host}$`).toString('base64').replace(/=+$/, '')}`;
