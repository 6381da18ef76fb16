// Lets the emulator deliver badly: twice and in another order by its fault rules, and once more after it was killed in
// the middle of a delivery. What arrived is handed to the tests in the order in which it came.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '../lib/emulator.js';
import { current } from '../lib/majors.js';
import { startReceiver } from '../lib/receiver.js';
import type { Delivery } from './deliveries';

/** Each list is what came about one Carol, who was created, changed and deleted. */
export type Disturbed = { duplicated: Delivery[]; reordered: Delivery[][]; killed: Delivery[] };

/** What chance follows from; between them they put the three deliveries into several orders. */
const seeds = ['a', 'b', 'c', 'd', 'e', 'f'];

const clerkOf = ({ env }) =>
  current.createClerkClient({ secretKey: env.secret_key, apiUrl: env.backend_api_url, telemetry: { disabled: true } });
const create = (clerk, name) =>
  clerk.users.createUser({ emailAddress: [`${name}@example.org`], firstName: 'Carol', lastName: 'Created' });
const change = (clerk, id) => clerk.users.updateUser(id, { lastName: 'Changed' });
const plain = ({ headers, body, event }) => ({ headers, body, event });

async function liveAndDie(clerk, name) {
  const { id } = await create(clerk, name);
  await change(clerk, id);
  await clerk.users.deleteUser(id);
  return id;
}

/** The life of one user each under a rule that doubles, and under rules that shuffle. */
export async function byRules(emulator, receiver) {
  const clerk = clerkOf(emulator);
  const setFaults = async (...faults) => {
    const response = await fetch(`${emulator.url}/_emulator/webhooks/faults`, {
      method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ faults }),
    });
    if (response.status !== 200) throw new Error(await response.text());
  };
  const life = async (name, count) => {
    const id = await liveAndDie(clerk, name);
    return (await receiver.take(count, (d) => d.event.data.id === id, `the life of ${name}`)).map(plain);
  };
  await setFaults({ action: 'duplicate', types: ['user.*'], gap: '20ms' });
  const duplicated = await life('twice', 6);
  const reordered: Delivery[][] = [];
  for (const seed of seeds) {
    await setFaults({ action: 'reorder', types: ['user.*'], size: 3, seed });
    reordered.push(await life(`shuffled-${seed}`, 3));
  }
  await setFaults();
  return { duplicated, reordered };
}

/** An emulator that is killed while the app has taken two deliveries and answered neither. */
export async function byKill() {
  const data = await mkdtemp(join(tmpdir(), 'nightclerk-killed-'));
  const came: Delivery[] = [];
  let silent = false;
  let taken = () => {};
  const receiver = await startReceiver({
    answer: (delivery) => {
      came.push(plain(delivery));
      taken();
      return silent ? new Promise(() => {}) : 204;
    },
  });
  const config = `webhook_endpoints:\n  - url: ${receiver.url}/clerk-users-webhook\n`;
  let emulator = await startEmulator({ config, data });
  try {
    await receiver.take(2, (d) => d.event.type === 'user.created', 'the users of the start');
    silent = true;
    const both = new Promise<void>((resolve) => { taken = () => came.length === 4 && resolve(); });
    const { id } = await create(clerkOf(emulator), 'killed');
    await change(clerkOf(emulator), id);
    await both;
    await emulator.kill();
    silent = false;
    emulator = await startEmulator({ config, data });
    await receiver.event('user.created', id);
    await receiver.event('user.updated', id);
    await clerkOf(emulator).users.deleteUser(id);
    await receiver.event('user.deleted', id);
    await emulator.stop();
    return came.filter(({ event }) => event.data.id === id);
  } finally {
    await receiver.close();
    await rm(data, { recursive: true, force: true });
  }
}
