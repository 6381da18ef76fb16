// Everything that people do in Clerk's own screens: passwords, links, codes, tickets, tabs, and two apps in one browser; in an app
// that has nothing but a browser, and in one whose server looks at the cookies too.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { nextApp, viteApp, withoutTLS } from './lib/apps.js';
import * as clerk from './lib/clerk.js';
import { alice, bob, inbox, passwordFlows } from './lib/flows.js';
import { Stage } from './lib/stage.js';

const sam = 'sam@shop.example';
const config = `
settings:
  attributes:
    email_address: {first_factors: [email_code, email_link]}
instances:
  shop:
    users:
      - {email_addresses: [${sam}], password: ${clerk.password}}
`;

const apps = [
  { name: 'Vite and @clerk/react 6, told nothing but the key', app: viteApp(), handshakes: 0, portal: (env) => env.frontend_api_url },
  {
    name: 'Next 16 and @clerk/nextjs 7 without TLS, built', app: nextApp('next16', { block: withoutTLS(6), built: true }),
    handshakes: 1, offersSignUp: true, portal: (env) => env.backend_api_url,
  },
];

for (const { name, app, handshakes, offersSignUp, portal } of apps) {
  describe(`${name}: Clerk’s screens`, () => {
    const stage = new Stage();
    let data;
    before(async () => {
      data = await mkdtemp(join(tmpdir(), 'nightclerk-data-'));
      await stage.start(app, { config, data });
    });
    after(async () => {
      await stage.stop();
      await rm(data, { recursive: true, force: true });
    });

    describe('with a password', () => passwordFlows(stage, { offersSignUp }));
    describe('otherwise', () => otherFlows(stage, { handshakes, portal }));
  });
}

function otherFlows(stage, { handshakes, portal }) {
  let page;
  afterEach(async () => {
    await page.context().close();
    await fetch(`${stage.emulator.url}/_emulator/inbox`, { method: 'DELETE' });
  });

  it('sign in on a page of the app', async () => {
    page = await stage.open('/sign-in');
    await clerk.identify(page, alice);
    await clerk.enterPassword(page, clerk.password);
    await clerk.waitForUser(page, alice);
    assert.equal(new URL(page.url()).pathname, '/');
    await stage.assertConvexAccepts(alice);
  });

  it('sign in by a link from the inbox, followed in another tab', async () => {
    page = await stage.open();
    await clerk.startSignIn(page, alice);
    await clerk.useAnotherMethod(page, `Email link to ${alice}`);
    const tab = await page.context().newPage();
    await tab.goto(await inbox(stage, alice, '--link'));
    await clerk.waitForUser(page, alice);
    await clerk.waitForUser(tab, alice);
    assert.equal(new URL(tab.url()).origin, stage.app.url);
    await stage.assertConvexAccepts(alice);
  });

  it('show a wrong code under its field, and sign in with the one from the inbox', async () => {
    page = await stage.open();
    await clerk.startSignIn(page, alice);
    await clerk.useAnotherMethod(page, `Email code to ${alice}`);
    const code = await inbox(stage, alice, '--code');
    const field = page.getByLabel('Enter verification code');
    await field.pressSequentially(wrong(code));
    await page.getByTestId('form-feedback-error').getByText('Incorrect code').waitFor();
    await clerk.waitForNobody(page);
    // The form empties the field a moment later, and whatever was typed into it until then.
    await page.waitForFunction((input) => input.value === '', await field.elementHandle());
    await field.pressSequentially(code);
    await clerk.waitForUser(page, alice);
    await stage.assertConvexAccepts(alice);
  });

  it('set a new password with the code that a forgotten one is answered with', async () => {
    page = await stage.open();
    await clerk.startSignIn(page, bob);
    await page.getByRole('link', { name: 'Forgot password?' }).click();
    await page.getByRole('button', { name: 'Reset your password' }).click();
    await page.getByLabel('Enter verification code').pressSequentially(await inbox(stage, bob, '--code'));
    const fresh = 'staple-battery-horse';
    await page.getByLabel('New password', { exact: true }).fill(fresh);
    await page.getByLabel('Confirm password', { exact: true }).fill(fresh);
    await page.getByRole('button', { name: 'Reset Password' }).click();
    await clerk.waitForUser(page, bob);
    await clerk.signOut(page);
    await clerk.waitForNobody(page);
    await clerk.signIn(page, bob, fresh);
    await clerk.waitForUser(page, bob);
  });

  it('sign the other tabs of a browser in, and out again', async () => {
    page = await stage.open();
    await clerk.signIn(page, alice);
    await clerk.waitForUser(page, alice);
    const tab = await page.context().newPage();
    await tab.goto(stage.app.url);
    await clerk.waitForUser(tab, alice);
    await clerk.signOut(tab);
    await clerk.waitForNobody(tab);
    await clerk.waitForNobody(page);
  });

  it('are signed out by a reset of the emulator without an error, and sign in again', async () => {
    page = await stage.open();
    await clerk.signIn(page, alice);
    await clerk.waitForUser(page, alice);
    const errors = errorsOf(page);
    const { ok } = await fetch(`${stage.emulator.url}/_emulator/reset`, { method: 'POST' });
    assert.ok(ok, 'the emulator was not reset');
    await page.evaluate(() => window.dispatchEvent(new Event('focus'))); // as if somebody came back to the tab
    await clerk.waitForNobody(page);
    await page.reload();
    await clerk.waitForNobody(page);
    assert.deepEqual(errors, []);
    await clerk.signIn(page, bob);
    await clerk.waitForUser(page, bob);
    await stage.assertConvexAccepts(bob);
  });

  it('sign in by the address that nightclerk sign-in prints', async () => {
    page = await stage.browser.newPage();
    await page.goto(await stage.emulator.cli('sign-in', '--user', alice, '--app', stage.app.url));
    await clerk.waitForUser(page, alice);
    assert.equal(new URL(page.url()).origin, stage.app.url);
    await stage.assertConvexAccepts(alice);
  });

  it('are hosted too, and lead back to the page that was asked for', async () => {
    page = await stage.browser.newPage();
    const back = `${stage.app.url}/?from=portal`;
    await page.goto(`${portal(stage.emulator.env)}/sign-in?redirect_url=${encodeURIComponent(back)}`);
    await clerk.identify(page, alice);
    await clerk.enterPassword(page, clerk.password);
    await clerk.waitForUser(page, alice);
    assert.equal(page.url(), back);
  });

  for (const [what, change] of [['deleted', deleteSession], ['expired', expireSession]]) {
    it(`find the session again when its cookie is ${what}, with no more than a handshake`, async () => {
      const first = await stage.open();
      const { context, session } = await signedIn(first);
      page = await context.newPage();
      await first.close(); // its clerk-js would set the cookie again
      await change(stage, context, session);
      const asked = documentsOf(page);
      await page.goto(stage.app.url);
      await clerk.waitForUser(page, alice);
      const shaken = asked.filter((url) => url.pathname.endsWith('/v1/client/handshake'));
      assert.equal(shaken.length, handshakes);
      assert.equal(page.url(), `${stage.app.url}/`);
      // The app, the handshake, and back with what it brought, which is taken off the address.
      assert.equal(asked.length, handshakes ? 4 : 1);
      await stage.assertConvexAccepts(alice);
    });
  }

  it('keep two instances apart whose apps share a host', async () => {
    const shop = await stage.addSite(viteApp(), 'shop');
    page = await stage.open();
    await clerk.signIn(page, alice);
    await clerk.waitForUser(page, alice);
    const tab = await page.context().newPage();
    await tab.goto(shop.app.url);
    await clerk.waitForNobody(tab);
    await clerk.signIn(tab, sam);
    await clerk.waitForUser(tab, sam);
    await Promise.all([page.reload(), tab.reload()]);
    await clerk.waitForUser(page, alice);
    await clerk.waitForUser(tab, sam);
    await clerk.signOut(tab);
    await clerk.waitForNobody(tab);
    await page.reload();
    await clerk.waitForUser(page, alice);
  });
}

/** Another code of as many digits. */
const wrong = (code) => code.replace(/\d/g, (digit) => (Number(digit) + 1) % 10);

async function signedIn(page) {
  await clerk.signIn(page, alice);
  await clerk.waitForUser(page, alice);
  return { context: page.context(), session: await page.evaluate(() => window.Clerk.session.id) };
}

async function deleteSession(stage, context) {
  await context.clearCookies({ name: /^__session/ });
}

/** Puts a token of the session into its cookies that was good once, in place of waiting for a minute. */
async function expireSession(stage, context, session) {
  const body = JSON.stringify({ session_id: session, origin: stage.app.url, fault: 'expired' });
  const answer = await fetch(`${stage.emulator.url}/_emulator/tokens`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  assert.equal(answer.status, 200);
  const { jwt } = await answer.json();
  const cookies = (await context.cookies()).filter(({ name }) => name.startsWith('__session'));
  assert.ok(cookies.length > 1, 'the session has no cookies');
  await context.addCookies(cookies.map((cookie) => ({ ...cookie, value: jwt })));
}

/** The addresses that the page itself asks for from now on, in order. */
function documentsOf(page) {
  const urls = [];
  page.on('request', (request) => request.isNavigationRequest() && request.frame() === page.mainFrame() && urls.push(new URL(request.url())));
  return urls;
}

/** What goes wrong in the page from now on; that a request was refused is no error of its scripts. */
function errorsOf(page) {
  const errors = [];
  page.on('pageerror', (err) => errors.push(err.message));
  page.on('console', (line) => line.type() === 'error' && !line.text().startsWith('Failed to load resource') && errors.push(line.text()));
  return errors;
}
