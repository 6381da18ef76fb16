// Holds what browsers and servers asked for beyond this machine against outbound.json, which says why each name is asked for.
import assert from 'node:assert/strict';
import { appendFile, readFile } from 'node:fs/promises';

const explained = JSON.parse(await readFile(new URL('../outbound.json', import.meta.url), 'utf8'));

/** The entry of outbound.json for a host: its name, or `*.` and what it is below. */
export function entryFor(host, by) {
  return Object.keys(explained[by]).find((entry) => entry === host || (entry.startsWith('*.') && host.endsWith(entry.slice(1))));
}

/**
 * Fails when a host is not explained. RUN_RECORD, where it is set, is a file that collects the entries of a whole run.
 * @param {{ by: 'browser' | 'servers', hosts: string[] }} asked
 */
export async function judgeHosts({ by, hosts }) {
  const entries = hosts.map((host) => entryFor(host, by));
  const foreign = hosts.filter((host, i) => !entries[i]);
  const known = entries.filter(Boolean).map((entry) => `${by} ${entry}\n`);
  if (process.env.RUN_RECORD) await appendFile(process.env.RUN_RECORD, known.join(''));
  assert.deepEqual(foreign, [], `the ${by} asked for hosts that outbound.json does not explain`);
}

/** The entries of outbound.json that nothing in a run asked for, in the words of its record. */
export function unasked(record) {
  const asked = new Set(record.split('\n'));
  return Object.entries(explained).flatMap(([by, names]) => Object.keys(names).map((name) => `${by} ${name}`)).filter((line) => !asked.has(line));
}
