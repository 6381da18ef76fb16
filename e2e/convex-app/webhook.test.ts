// The webhook handler of a Clerk + Convex app, run by convex-test on deliveries that the emulator really made.
/// <reference types="vite/client" />
import { convexTest } from 'convex-test';
import { beforeEach, expect, inject, test, vi } from 'vitest';
import schema from './convex/schema';

const modules = import.meta.glob('./convex/**/*.*s');
const { secret, deliveries, users } = inject('emulator');

beforeEach(() => {
  vi.stubEnv('CLERK_WEBHOOK_SECRET', secret);
});

function app() {
  const t = convexTest(schema, modules);
  return {
    /** Hands over what the emulator sent about this user up to an event of this type; answers the last status. */
    async receive(id: string, until: string) {
      const all = deliveries.filter(({ event }) => event.data.id === id);
      const last = all.findIndex(({ event }) => event.type === until);
      expect(last, `${until} of ${id} was delivered`).toBeGreaterThanOrEqual(0);
      let status = 0;
      for (const { headers, body } of all.slice(0, last + 1)) {
        const response = await t.fetch('/clerk-users-webhook', { method: 'POST', headers, body });
        status = response.status;
      }
      return status;
    },
    rows: () => t.run((ctx) => ctx.db.query('users').collect()),
    post: (init: RequestInit) => t.fetch('/clerk-users-webhook', { method: 'POST', ...init }),
    as: (subject: string) => t.withIdentity({ subject }),
  };
}

test('the seeded users get their rows, without names as "null null"', async () => {
  const { receive, rows } = app();
  expect(await receive(users.alice, 'user.created')).toBe(200);
  expect(await receive(users.bob, 'user.created')).toBe(200);
  expect(await rows()).toMatchObject([
    { externalId: users.alice, name: 'Alice Example', email: 'alice@example.com' },
    { externalId: users.bob, name: 'null null', email: 'bob@example.com' },
  ]);
});

test('a created user gets a row', async () => {
  const { receive, rows } = app();
  expect(await receive(users.carol, 'user.created')).toBe(200);
  expect(await rows()).toMatchObject([{ externalId: users.carol, name: 'Carol Created', email: 'carol@example.org' }]);
  expect((await rows())[0].imageUrl).toMatch(/^https?:\/\//);
});

test('an updated user keeps one row, with the new name', async () => {
  const { receive, rows } = app();
  expect(await receive(users.carol, 'user.updated')).toBe(200);
  expect(await rows()).toMatchObject([{ externalId: users.carol, name: 'Carol Changed' }]);
  expect(await rows()).toHaveLength(1);
});

test('a deleted user loses the row; deleting one that is not there is no error', async () => {
  const { receive, rows, post } = app();
  await receive(users.alice, 'user.created');
  expect(await receive(users.carol, 'user.deleted')).toBe(200);
  expect((await rows()).map(({ externalId }) => externalId)).toEqual([users.alice]);
  const { headers, body } = deliveries.find(({ event }) => event.type === 'user.deleted')!;
  expect((await post({ headers, body })).status).toBe(200);
});

test('the row is found by the subject of the user\'s tokens', async () => {
  const { receive, as } = app();
  const { api } = await import('./convex/_generated/api.js');
  expect(await as(users.carol).query(api.users.current, {})).toBeNull();
  await receive(users.carol, 'user.created');
  expect(await as(users.carol).query(api.users.current, {})).toMatchObject({ name: 'Carol Created' });
});

test('other events are answered 200 and change nothing', async () => {
  const { post, rows } = app();
  const other = deliveries.find(({ event }) => !event.type.startsWith('user.'));
  expect(other, 'an event that is not about users').toBeDefined();
  expect((await post({ headers: other!.headers, body: other!.body })).status).toBe(200);
  expect(await rows()).toEqual([]);
});

test('what was not signed with the secret is answered 400 and changes nothing', async () => {
  const { post, rows } = app();
  // Deliveries are concurrent: Bob's may have arrived first.
  const { headers, body } = deliveries.find(({ event }) => event.type === 'user.created' && event.data.id === users.alice)!;
  const tampered = body.replace('Alice', 'Mallory');
  expect(tampered).not.toBe(body);
  vi.stubEnv('CLERK_WEBHOOK_SECRET', `whsec_${'A'.repeat(32)}`);
  expect((await post({ headers, body })).status).toBe(400);
  vi.stubEnv('CLERK_WEBHOOK_SECRET', secret);
  expect((await post({ headers, body: tampered })).status).toBe(400);
  expect((await post({ body })).status).toBe(400);
  expect(await rows()).toEqual([]);
});
