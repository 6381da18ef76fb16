// What becomes of an app's table when the emulator itself delivers badly: twice, in another order, and again after it was
// killed. The typical handler, and the one of docs/guides/syncing-users.md, which ends right whatever comes.
/// <reference types="vite/client" />
import { convexTest } from 'convex-test';
import { beforeEach, describe, expect, inject, test, vi } from 'vitest';
import convergentSchema from './convergent/schema';
import typicalSchema from './convex/schema';
import type { Delivery } from './deliveries';

const typicalModules = import.meta.glob('./convex/**/*.*s');
const convergentModules = import.meta.glob('./convergent/**/*.*s');
const { secret } = inject('emulator');
const { duplicated, reordered, killed } = inject('disturbed');

beforeEach(() => {
  vi.stubEnv('CLERK_WEBHOOK_SECRET', secret);
});

/** The names in the table after these deliveries in this order, each of which must be answered 200. */
async function after(t: ReturnType<typeof convexTest>, deliveries: Delivery[]) {
  for (const { headers, body } of deliveries) {
    const { status } = await t.fetch('/clerk-users-webhook', { method: 'POST', headers, body });
    expect(status).toBe(200);
  }
  const rows = await t.run((ctx) => ctx.db.query('users').collect());
  return rows.map(({ name }) => name);
}

const typical = (deliveries: Delivery[]) => after(convexTest(typicalSchema, typicalModules), deliveries);
const convergent = (deliveries: Delivery[]) => after(convexTest(convergentSchema, convergentModules), deliveries);

const types = (deliveries: Delivery[]) => deliveries.map(({ event }) => event.type.replace('user.', ''));
const ids = (deliveries: Delivery[]) => deliveries.map(({ headers }) => headers['svix-id']);
const left = { created: ['Carol Created'], updated: ['Carol Changed'], deleted: [] };
const lastOf = (deliveries: Delivery[]) => left[types(deliveries).at(-1) as keyof typeof left];

describe('duplicated by a rule', () => {
  test('each message comes twice under one id', () => {
    expect(types(duplicated).sort()).toEqual(['created', 'created', 'deleted', 'deleted', 'updated', 'updated']);
    expect(new Set(ids(duplicated)).size).toBe(3);
  });

  test('the typical handler follows the last that came', async () => {
    for (let n = 1; n <= duplicated.length; n++) expect(await typical(duplicated.slice(0, n))).toEqual(lastOf(duplicated.slice(0, n)));
  });

  test('the convergent handler forgets the user', async () => {
    expect(await convergent(duplicated)).toEqual([]);
  });
});

describe('reordered by rules', () => {
  test('each life comes whole, in several orders, never as it was lived', () => {
    const orders = reordered.map((life) => types(life).join());
    for (const life of reordered) expect(types(life).sort()).toEqual(['created', 'deleted', 'updated']);
    expect(new Set(orders).size).toBeGreaterThan(2);
    expect(orders).not.toContain('created,updated,deleted');
  });

  test('the typical handler brings deleted users back', async () => {
    const tables = [];
    for (const life of reordered) {
      tables.push(await typical(life));
      expect(tables.at(-1)).toEqual(lastOf(life));
    }
    expect(tables.some((names) => names.length > 0)).toBe(true);
  });

  test('the convergent handler forgets every one of them', async () => {
    for (const life of reordered) expect(await convergent(life)).toEqual([]);
  });
});

describe('killed in the middle of two deliveries', () => {
  const unanswered = killed.slice(0, 2);
  const again = killed.slice(2, 4);

  test('both come again under their ids, and nothing is lost', () => {
    expect(types(unanswered).sort()).toEqual(['created', 'updated']);
    expect(ids(again).sort()).toEqual(ids(unanswered).sort());
    expect(types(killed).at(-1)).toBe('deleted');
    expect(killed).toHaveLength(5);
  });

  test('the convergent handler has the user as changed, then forgets them', async () => {
    expect(await convergent(killed.slice(0, 4))).toEqual(['Carol Changed']);
    expect(await convergent(killed)).toEqual([]);
  });

  test('the typical handler follows the last that came', async () => {
    expect(await typical(killed.slice(0, 4))).toEqual(lastOf(killed.slice(0, 4)));
    expect(await typical(killed)).toEqual([]);
  });
});
