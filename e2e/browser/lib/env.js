// Reads what `nightclerk env` prints for a framework as an app's .env file is read.

/**
 * The variables of a block.
 * @param {string} block
 * @returns {Record<string, string>}
 */
export function variables(block) {
  const pairs = block.split('\n').map((line) => line.match(/^([A-Z_]+)=(.*)$/)).filter(Boolean);
  return Object.fromEntries(pairs.map(([, key, value]) => [key, value.startsWith('"') ? JSON.parse(value) : value]));
}
