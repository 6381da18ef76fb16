// The race between a user's first token and their first webhook, made to go one way for certain: what
// docs/guides/webhook-faults.md shows.
// @vitest-environment node
/// <reference types="vite/client" />
import { createServer, type Server } from 'node:http';
import { convexTest } from 'convex-test';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startEmulator } from '../lib/emulator.js';
import { current } from '../lib/majors.js';
import { api } from './convex/_generated/api.js';
import schema from './convex/schema';

const modules = import.meta.glob('./convex/**/*.*s');
let app: ReturnType<typeof convexTest>;
let emulator: Awaited<ReturnType<typeof startEmulator>>;
let server: Server;
let clerk;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const { status } = await app.fetch(request.url!, { method: 'POST', headers: request.headers as Record<string, string>, body });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  emulator = await startEmulator({ config: `users: []\nwebhook_endpoints:\n  - url: http://127.0.0.1:${port}/clerk-users-webhook\n` });
  const { secret_key: secretKey, webhook_secret: secret } = emulator.env;
  clerk = current.createClerkClient({ secretKey, apiUrl: emulator.url, telemetry: { disabled: true } });
  vi.stubEnv('CLERK_WEBHOOK_SECRET', secret);
});

beforeEach(async () => {
  app = convexTest(schema, modules);
  await control('PUT', '/webhooks/mode', { held: false, answer_after: null });
});

afterAll(async () => {
  await emulator?.stop();
  server?.close();
});

/** Calls the control API of the emulator. */
async function control(method: string, path: string, body?: object) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${emulator.url}/_emulator${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

/** What the app shows to whoever has a token of this user. */
async function greeting(subject: string) {
  const user = await app.withIdentity({ subject }).query(api.users.current, {});
  return user === null ? 'Setting up your account…' : `Hello ${user.name}`;
}

test('a user whose webhook has not come yet is told to wait', async () => {
  await control('POST', '/webhooks/hold');
  const { id } = await clerk.users.createUser({ emailAddress: ['ada@example.com'], firstName: 'Ada', lastName: 'Lovelace' });
  expect(await greeting(id)).toBe('Setting up your account…');
  await control('POST', '/webhooks/release');
  await control('GET', `/wait?type=user.created&user=${id}`);
  expect(await greeting(id)).toBe('Hello Ada Lovelace');
});

test('a test that is not about the race has none', async () => {
  await control('PUT', '/webhooks/mode', { answer_after: '10s' });
  const { id } = await clerk.users.createUser({ emailAddress: ['grace@example.com'], firstName: 'Grace', lastName: 'Hopper' });
  expect(await greeting(id)).toBe('Hello Grace Hopper');
});

test('a handler that is sent every message twice keeps one row', async () => {
  const { id: rule } = await control('POST', '/webhooks/faults', { action: 'duplicate', types: ['user.*'], concurrent: true });
  const { id } = await clerk.users.createUser({ emailAddress: ['alan@example.com'], firstName: 'Alan', lastName: 'Turing' });
  await control('GET', `/wait?type=user.created&user=${id}`);
  expect(await app.run((ctx) => ctx.db.query('users').collect())).toHaveLength(1);
  await control('DELETE', `/webhooks/faults/${rule}`);
});
