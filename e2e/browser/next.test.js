// Next.js with Clerk's middleware before its pages, configured by the very block that `nightclerk env` prints for it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startNext } from './lib/apps.js';
import * as clerk from './lib/clerk.js';
import { variables } from './lib/env.js';
import { Stage } from './lib/stage.js';

const alice = 'alice@example.com';

const apps = [
  { name: 'Next 16 and @clerk/nextjs 7 as the block is, but with the emulator\'s own sign-in page', folder: 'next16', hosted: true, block: withoutPages },
  { name: 'Next 16 and @clerk/nextjs 7 without TLS', folder: 'next16', block: (text) => withoutTLS(text, 6) },
  { name: 'Next 15 and @clerk/nextjs 6 without TLS', folder: 'next15', block: (text) => withoutTLS(text, 5) },
];

for (const { name, folder, block, hosted = false } of apps) {
  describe(name, () => {
    const stage = new Stage();
    let page;
    before(async () => {
      await stage.start(async (env, convexURL, emulator) => {
        const text = await emulator.cli('env', '--framework', 'next');
        return startNext(folder, { ...variables(block(text)), NEXT_PUBLIC_CONVEX_URL: convexURL });
      });
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

    it('signs out, and the page is protected again', async () => {
      await clerk.signOut(page);
      await clerk.waitForNobody(page);
      await page.goto(`${stage.app.url}/dashboard`);
      await page.waitForURL(/\/sign-in\?redirect_url=/);
    });
  });
}

/** The block with its lines for plain HTTP uncommented and the major of clerk-js that this SDK loads. */
function withoutTLS(text, clerkJS) {
  return text.replace(/^# (?=NEXT_PUBLIC_CLERK_)/gm, '').replace(/clerk-js@\d+/g, `clerk-js@${clerkJS}`);
}

/** The block without the line that names the app's own sign-in page. */
function withoutPages(text) {
  return text.replace(/^NEXT_PUBLIC_CLERK_SIGN_IN_URL=.*$/m, '');
}
