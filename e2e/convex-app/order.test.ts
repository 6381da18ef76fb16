// Webhooks come at least once and in no order: what becomes of an app's table when the emulator's real deliveries come
// twice, late and the wrong way round. The typical handler, and the one of docs/guides/syncing-users.md.
/// <reference types="vite/client" />
import { convexTest } from 'convex-test';
import { beforeEach, describe, expect, inject, test, vi } from 'vitest';
import convergentSchema from './convergent/schema';
import typicalSchema from './convex/schema';

const typicalModules = import.meta.glob('./convex/**/*.*s');
const convergentModules = import.meta.glob('./convergent/**/*.*s');
const { secret, deliveries, users } = inject('emulator');

beforeEach(() => {
  vi.stubEnv('CLERK_WEBHOOK_SECRET', secret);
});

type Step = 'created' | 'updated' | 'deleted';

/** What came about Carol; each is one real delivery. */
function delivery(step: Step) {
  const fits = ({ event }) => event.type === `user.${step}` && event.data.id === users.carol;
  return deliveries.find(fits)!;
}

/** The names in the table after these deliveries, each of which must be answered 200. */
async function after(t: ReturnType<typeof convexTest>, steps: Step[]) {
  for (const step of steps) {
    const { headers, body } = delivery(step);
    const { status } = await t.fetch('/clerk-users-webhook', { method: 'POST', headers, body });
    expect(status).toBe(200);
  }
  const rows = await t.run((ctx) => ctx.db.query('users').collect());
  return rows.map(({ name }) => name);
}

const typical = (...steps: Step[]) => after(convexTest(typicalSchema, typicalModules), steps);
const convergent = (...steps: Step[]) => after(convexTest(convergentSchema, convergentModules), steps);

function permutations<T>(list: T[]): T[][] {
  if (list.length < 2) return [list];
  return list.flatMap((first, i) => permutations(list.toSpliced(i, 1)).map((rest) => [first, ...rest]));
}

const changed = ['Carol Changed'];
const gone: string[] = [];

describe('the typical handler', () => {
  test('takes duplicates that come at once', async () => {
    expect(await typical('created', 'created')).toEqual(['Carol Created']);
    expect(await typical('created', 'updated', 'updated')).toEqual(changed);
    expect(await typical('created', 'updated', 'deleted', 'deleted')).toEqual(gone);
  });

  test('needs no user.created where a user.updated comes', async () => {
    expect(await typical('updated')).toEqual(changed);
  });

  // Its design allows no more: the last delivery decides, whatever it tells of.
  test.each(permutations<Step>(['created', 'updated', 'deleted']))('of %s, %s, %s the last decides', async (...steps) => {
    const left = { created: ['Carol Created'], updated: changed, deleted: gone };
    expect(await typical(...steps)).toEqual(left[steps[2]]);
  });

  test('brings a deleted user back when something about them comes late', async () => {
    expect(await typical('created', 'deleted', 'updated')).toEqual(changed);
    expect(await typical('deleted', 'created')).toEqual(['Carol Created']);
  });

  test('takes an update back when user.created comes late or once more', async () => {
    expect(await typical('updated', 'created')).toEqual(['Carol Created']);
    expect(await typical('created', 'updated', 'created')).toEqual(['Carol Created']);
  });
});

describe('the handler that compares updated_at and keeps tombstones', () => {
  test.each(permutations<Step>(['created', 'updated', 'deleted']))('forgets a deleted user after %s, %s, %s', async (...steps) => {
    expect(await convergent(...steps)).toEqual(gone);
    for (const again of steps) expect(await convergent(...steps, again)).toEqual(gone);
  });

  test.each<Step[][]>([
    [['created', 'updated']],
    [['updated', 'created']],
    [['created', 'updated', 'created']],
    [['updated', 'created', 'updated', 'created']],
    [['updated']],
  ])('keeps what changed last after %s', async (steps) => {
    expect(await convergent(...steps)).toEqual(changed);
  });

  test('answers 400 to what was not signed, and changes nothing', async () => {
    const t = convexTest(convergentSchema, convergentModules);
    const { headers, body } = delivery('created');
    const { status } = await t.fetch('/clerk-users-webhook', { method: 'POST', headers, body: body.replace('Carol', 'Mallory') });
    expect(status).toBe(400);
    expect(await after(t, [])).toEqual([]);
  });
});
