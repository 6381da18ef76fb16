// Next.js with Clerk's middleware before its pages, configured by the very block that `nightclerk env` prints for it.
// What flows.test.js has: Next 16 and @clerk/nextjs 7 without TLS, built.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { nextApp, withoutPages, withoutTLS } from './lib/apps.js';
import * as clerk from './lib/clerk.js';
import { keyOf } from './lib/env.js';
import { alice } from './lib/flows.js';
import { Stage } from './lib/stage.js';

const kept = `publishable_keys: [${keyOf('kept-late-01.clerk.accounts.dev')}]`;

const apps = [
  {
    name: 'Next 16 and @clerk/nextjs 7 as the block is, but with the emulator’s own sign-in page',
    app: nextApp('next16', { block: withoutPages }), hosted: true,
  },
  {
    name: 'Next 16 and @clerk/nextjs 7 with the key of an instance at Clerk and an emulator under a public host, as the block is',
    app: nextApp('next16'), stage: { config: kept, publicHost: 'emulator.localhost' },
  },
  { name: 'Next 15 and @clerk/nextjs 6 as the block is, built', app: nextApp('next15', { built: true }) },
  { name: 'Next 15 and @clerk/nextjs 6 without TLS', app: nextApp('next15', { block: withoutTLS(5) }) },
];

for (const { name, app, stage: options, hosted = false } of apps) {
  describe(name, () => {
    const stage = new Stage();
    let page;
    before(async () => {
      await stage.start(app, { silent: true, ...options });
      page = await stage.browser.newPage();
    });
    after(() => stage.stop());

    it('sends who asks for a protected page to sign in', async () => {
      await page.goto(`${stage.app.url}/dashboard`);
      await page.waitForURL(/\/sign-in\?redirect_url=/);
      const home = hosted ? stage.emulator.env.frontend_api_url : stage.app.url;
      assert.equal(new URL(page.url()).origin, home);
    });

    it('leads back to the page that was asked for, known to the server and to Convex', async () => {
      await clerk.identify(page, alice);
      await clerk.enterPassword(page, clerk.password);
      await clerk.waitForUser(page, alice);
      assert.equal(new URL(page.url()).pathname, '/dashboard');
      assert.match(await page.getByTestId('user').textContent(), /^user_/);
      await stage.assertConvexAccepts(alice);
    });

    it('finds the session again by a handshake when its cookies are gone', async () => {
      const context = page.context();
      const [handshake] = await Promise.all([
        page.waitForRequest(/\/v1\/client\/handshake\?/),
        context.clearCookies({ name: /^__session/ }).then(() => page.goto(`${stage.app.url}/dashboard`)),
      ]);
      assert.equal(new URL(handshake.url()).searchParams.get('__clerk_hs_reason'), 'client-uat-but-no-session-token');
      await clerk.waitForUser(page, alice);
      assert.equal(new URL(page.url()).search, '');
    });

    it('stays signed in over a reload, and Convex is sent a token again', async () => {
      const sent = stage.convex.authentications.length;
      await page.reload();
      await clerk.waitForUser(page, alice);
      assert.ok(stage.convex.authentications.length > sent, 'Convex was sent no token after the reload');
      await stage.assertConvexAccepts(alice);
    });

    it('signs out, and the page is protected again', async () => {
      await clerk.signOut(page);
      await clerk.waitForNobody(page);
      await page.goto(`${stage.app.url}/dashboard`);
      await page.waitForURL(/\/sign-in\?redirect_url=/);
    });
  });
}
