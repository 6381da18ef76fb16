// What people do beside the password, through Clerk's own screens: links, codes, tickets, tabs, and two apps in one browser.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { startVite } from './lib/apps.js';
import * as clerk from './lib/clerk.js';
import { startConvex } from './lib/convex.js';
import { Stage } from './lib/stage.js';

const alice = 'alice@example.com';
const bob = 'bob@example.com';
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

const startApp = (env, convexURL) =>
  startVite('vite', { VITE_CLERK_PUBLISHABLE_KEY: env.publishable_key, VITE_CONVEX_URL: convexURL });

describe('Clerk’s screens in a Vite app', () => {
  const stage = new Stage();
  const inbox = (email, ...what) => stage.emulator.cli('inbox', '--to', email, '--wait', '20s', ...what);
  let page;
  before(() => stage.start(startApp, { config }));
  after(() => stage.stop());
  afterEach(async () => {
    await page.context().close();
    await fetch(`${stage.emulator.url}/_emulator/inbox`, { method: 'DELETE' });
  });

  it('sign in by a link from the inbox, followed in another tab', async () => {
    page = await stage.open();
    await clerk.startSignIn(page, alice);
    await clerk.useAnotherMethod(page, `Email link to ${alice}`);
    const tab = await page.context().newPage();
    await tab.goto(await inbox(alice, '--link'));
    await clerk.waitForUser(page, alice);
    await clerk.waitForUser(tab, alice);
    assert.equal(new URL(tab.url()).origin, stage.app.url);
    await stage.assertConvexAccepts(alice);
  });

  it('show a wrong code under its field, and sign in with the one from the inbox', async () => {
    page = await stage.open();
    await clerk.startSignIn(page, alice);
    await clerk.useAnotherMethod(page, `Email code to ${alice}`);
    const code = await inbox(alice, '--code');
    const field = page.getByLabel('Enter verification code');
    await field.pressSequentially(wrong(code));
    await page.getByTestId('form-feedback-error').getByText('Incorrect code').waitFor();
    await clerk.waitForNobody(page);
    await field.fill('');
    await field.pressSequentially(code);
    await clerk.waitForUser(page, alice);
    await stage.assertConvexAccepts(alice);
  });

  it('set a new password with the code that a forgotten one is answered with', async () => {
    page = await stage.open();
    await clerk.startSignIn(page, bob);
    await page.getByRole('link', { name: 'Forgot password?' }).click();
    await page.getByRole('button', { name: 'Reset your password' }).click();
    await page.getByLabel('Enter verification code').pressSequentially(await inbox(bob, '--code'));
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

  it('are signed out after a reset of the emulator, and sign in again', async () => {
    page = await stage.open();
    await clerk.signIn(page, alice);
    await clerk.waitForUser(page, alice);
    const { ok } = await fetch(`${stage.emulator.url}/_emulator/reset`, { method: 'POST' });
    assert.ok(ok, 'the emulator was not reset');
    await page.reload();
    await clerk.waitForNobody(page);
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
    await page.goto(`${stage.emulator.env.frontend_api_url}/sign-in?redirect_url=${encodeURIComponent(back)}`);
    await clerk.identify(page, alice);
    await clerk.enterPassword(page, clerk.password);
    await clerk.waitForUser(page, alice);
    assert.equal(page.url(), back);
  });

  it('keep two instances apart whose apps share a host', async () => {
    const env = JSON.parse(await stage.emulator.cli('env', '--instance', 'shop', '--format', 'json'));
    const convex = await stage.run(startConvex({ issuer: env.issuer }));
    const shop = await stage.run(startApp(env, convex.url));
    page = await stage.open();
    await clerk.signIn(page, alice);
    await clerk.waitForUser(page, alice);
    const tab = await page.context().newPage();
    await tab.goto(shop.url);
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
});

/** Another code of as many digits. */
const wrong = (code) => code.replace(/\d/g, (digit) => (Number(digit) + 1) % 10);
