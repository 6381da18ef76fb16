// Runs before the tests: lets the emulator deliver a user's whole life and hands the deliveries to them as they came in.
// The tests themselves run in Convex's edge runtime, which can start no process.
import type { TestProject } from 'vitest/node';
import { byKill, byRules, type Disturbed } from './disturbed';
import { startEmulator } from '../lib/emulator.js';
import { current } from '../lib/majors.js';
import { startReceiver } from '../lib/receiver.js';

export type Delivery = { headers: Record<string, string>; body: string; event: { type: string; data: { id: string } } };

declare module 'vitest' {
  export interface ProvidedContext {
    disturbed: Disturbed;
    emulator: { secret: string; deliveries: Delivery[]; users: Record<'alice' | 'bob' | 'carol', string> };
  }
}

export default async function deliver(project: TestProject) {
  const receiver = await startReceiver();
  const emulator = await startEmulator({ config: `webhook_endpoints:\n  - url: ${receiver.url}/clerk-users-webhook\n` });
  try {
    const { secret_key: secretKey, backend_api_url: apiUrl, webhook_secret: secret } = emulator.env;
    const clerk = current.createClerkClient({ secretKey, apiUrl, telemetry: { disabled: true } });
    const { data } = await clerk.users.getUserList({ orderBy: '+email_address' });
    const [alice, bob] = ['alice@example.com', 'bob@example.com'].map(
      (address) => data.find((user) => user.primaryEmailAddress?.emailAddress === address)!.id,
    );
    const carol = await liveAndDie(clerk, receiver);
    await receiver.event('user.created', alice);
    await receiver.event('user.created', bob);
    const deliveries = receiver.deliveries.map(({ headers, body, event }) => ({ headers, body, event }));
    project.provide('emulator', { secret, deliveries, users: { alice, bob, carol } });
    project.provide('disturbed', { ...(await byRules(emulator, receiver)), killed: await byKill() });
  } finally {
    await emulator.stop();
    await receiver.close();
  }
}

/** Creates, signs in, changes and deletes a user, each step after the delivery of the one before. */
async function liveAndDie(clerk, receiver) {
  const { id } = await clerk.users.createUser({
    emailAddress: ['carol@example.org'],
    firstName: 'Carol',
    lastName: 'Created',
  });
  await receiver.event('user.created', id);
  const session = await clerk.sessions.createSession({ userId: id });
  await receiver.event('session.created', session.id);
  await clerk.users.updateUser(id, { lastName: 'Changed' });
  await receiver.event('user.updated', id);
  await clerk.users.deleteUser(id);
  await receiver.event('user.deleted', id);
  return id;
}
