// A React app made with Vite, told nothing but the publishable key: Clerk's own forms, and Convex behind them.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startVite } from './lib/apps.js';
import * as clerk from './lib/clerk.js';
import { Stage } from './lib/stage.js';

const alice = 'alice@example.com';

for (const sdk of ['@clerk/react', '@clerk/clerk-react']) {
  describe(`Vite and ${sdk}`, () => {
    const stage = new Stage();
    let data, page;
    before(async () => {
      data = await mkdtemp(join(tmpdir(), 'nightclerk-data-'));
      const startApp = (env, convexURL) => startVite('vite', {
        VITE_CLERK_PUBLISHABLE_KEY: env.publishable_key, VITE_CONVEX_URL: convexURL, CLERK_PACKAGE: sdk,
      });
      await stage.start(startApp, { data });
      page = await stage.open();
    });
    after(async () => {
      await stage.stop();
      await rm(data, { recursive: true, force: true });
    });

    it('shows a wrong password under its field, and lets nobody in', async () => {
      await page.getByRole('button', { name: 'Sign in' }).click();
      await clerk.identify(page, alice);
      await clerk.enterPassword(page, 'wrong-horse-battery');
      await page.locator('#error-password').getByText(/password is incorrect/i).waitFor();
      assert.equal(stage.convex.authentications.length, 0);
    });

    it('signs in with the right one, and Convex accepts the token', async () => {
      await clerk.enterPassword(page, clerk.password);
      await clerk.waitForUser(page, alice);
      await stage.assertConvexAccepts(alice);
    });

    it('keeps two browsers apart', async () => {
      const other = await stage.open();
      await clerk.waitForNobody(other);
      await other.context().close();
    });

    it('stays signed in over a reload', async () => {
      const sent = stage.convex.authentications.length;
      await page.reload();
      await clerk.waitForUser(page, alice);
      assert.ok(stage.convex.authentications.length > sent, 'Convex was sent no token after the reload');
      await stage.assertConvexAccepts(alice);
    });

    it('stays signed in over a restart of the emulator', async () => {
      await stage.restartEmulator();
      await page.reload();
      await clerk.waitForUser(page, alice);
      await stage.assertConvexAccepts(alice);
    });

    it('signs out, and stays so', async () => {
      await clerk.signOut(page);
      await clerk.waitForNobody(page);
      await page.reload();
      await clerk.waitForNobody(page);
    });

    it('signs up with the code from the inbox, and Convex accepts the token', async () => {
      const email = 'carol@example.org';
      await clerk.signUp(page, email, 'staple-battery-horse');
      await clerk.enterCode(page, await stage.emulator.cli('inbox', '--to', email, '--wait', '20s', '--code'));
      await clerk.waitForUser(page, email);
      await stage.assertConvexAccepts(email);
      await clerk.signOut(page);
      await clerk.waitForNobody(page);
    });

    it('says so when nobody has the address', async () => {
      await page.getByRole('button', { name: 'Sign in' }).click();
      await clerk.identify(page, 'nobody@example.com');
      await page.locator('#error-identifier').getByText(/couldn.t find your account/i).waitFor();
    });
  });
}
