// Signing in through Clerk's own form while the emulator keeps everything in PostgreSQL.
import { before, after, describe, it } from 'node:test';
import { viteApp } from './lib/apps.js';
import * as clerk from './lib/clerk.js';
import { alice } from './lib/flows.js';
import { Stage } from './lib/stage.js';

const url = process.env.NIGHTCLERK_TEST_POSTGRES;
const missing = 'NIGHTCLERK_TEST_POSTGRES names no database: make e2e sets it, and so does ../scripts/with-postgres npm run browser';
if (!url && process.env.CI === 'true') throw new Error(missing);
if (!url) console.error(`SKIPPED: the browser on PostgreSQL. ${missing}`);

describe('The emulator on PostgreSQL', { skip: !url && missing }, () => {
  const stage = new Stage();
  let page;
  before(async () => {
    await stage.start(viteApp(), { flags: ['--database-url', url] });
    page = await stage.open();
  });
  after(() => stage.stop());

  it('signs in, and Convex accepts the token', async () => {
    await clerk.signIn(page, alice);
    await clerk.waitForUser(page, alice);
    await stage.assertConvexAccepts(alice);
  });

  it('knows the browser and its session after a restart, which kept nothing in memory', async () => {
    await stage.restartEmulator();
    await page.reload();
    await clerk.waitForUser(page, alice);
    await stage.assertConvexAccepts(alice);
  });

  it('signs out, and signs up with the code from the inbox', async () => {
    await clerk.signOut(page);
    await clerk.waitForNobody(page);
    const email = 'dora@example.org';
    await clerk.signUp(page, email, 'staple-battery-horse');
    await clerk.enterCode(page, await stage.emulator.cli('inbox', '--to', email, '--wait', '20s', '--code'));
    await clerk.waitForUser(page, email);
    await stage.assertConvexAccepts(email);
  });
});
