// What people do in Clerk's own screens, as tests that any app can be put through: its start page shows who is signed in, or
// "Nobody is signed in." and the buttons of both modals, and /sign-in is a page with Clerk's form.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import * as clerk from './clerk.js';

export const alice = 'alice@example.com';
export const bob = 'bob@example.com';

/** The inbox's newest mail to somebody, or what of it is asked for. */
export const inbox = (stage, email, ...what) => stage.emulator.cli('inbox', '--to', email, '--wait', '20s', ...what);

/** What every combination of an SDK and a configuration has to do: in, over a reload, and out. */
export async function smoke(site) {
  const page = await site.open();
  await clerk.signIn(page, alice);
  await clerk.waitForUser(page, alice);
  await site.assertConvexAccepts(alice);
  await assertStaysOverReload(site, page, alice);
  await clerk.signOut(page);
  await clerk.waitForNobody(page);
  await page.reload();
  await clerk.waitForNobody(page);
  await page.context().close();
}

async function assertStaysOverReload(site, page, email) {
  const sent = site.convex.authentications.length;
  await page.reload();
  await clerk.waitForUser(page, email);
  assert.ok(site.convex.authentications.length > sent, 'Convex was sent no token after the reload');
  await site.assertConvexAccepts(email);
}

/**
 * Password and sign-up through the modals, in one browser from test to test; the stage's emulator keeps its data.
 * @param {{ offersSignUp?: boolean }} [options] true where the form of an app that names a page to sign in at, and none to sign
 *   up at, is for both
 */
export function passwordFlows(stage, { offersSignUp = false } = {}) {
  let page;
  before(async () => {
    page = await stage.open();
  });
  after(() => page.context().close());

  it(offersSignUp ? 'lead to sign up when nobody has the address' : 'say so when nobody has the address', async () => {
    await clerk.startSignIn(page, 'nobody@example.com');
    if (!offersSignUp) return page.locator('#error-identifier').getByText(/couldn.t find your account/i).waitFor();
    await page.getByRole('heading', { name: 'Create your account' }).waitFor();
    assert.equal(await page.getByLabel('Email address').inputValue(), 'nobody@example.com');
    await page.getByRole('link', { name: 'Sign in' }).click();
  });

  it('show a wrong password under its field, and let nobody in', async () => {
    const sent = stage.convex.authentications.length;
    await clerk.identify(page, alice);
    await clerk.enterPassword(page, 'wrong-horse-battery');
    await page.locator('#error-password').getByText(/password is incorrect/i).waitFor();
    assert.equal(stage.convex.authentications.length, sent);
  });

  it('sign in with the right one, and Convex accepts the token', async () => {
    await clerk.enterPassword(page, clerk.password);
    await clerk.waitForUser(page, alice);
    await stage.assertConvexAccepts(alice);
  });

  it('show nothing of it in another browser', async () => {
    const other = await stage.open();
    await clerk.waitForNobody(other);
    await other.context().close();
  });

  it('keep somebody signed in over a reload', () => assertStaysOverReload(stage.site, page, alice));

  it('keep somebody signed in over a restart of the emulator', async () => {
    await stage.restartEmulator();
    await assertStaysOverReload(stage.site, page, alice);
  });

  it('sign out, and it stays so', async () => {
    await clerk.signOut(page);
    await clerk.waitForNobody(page);
    await page.reload();
    await clerk.waitForNobody(page);
  });

  it('sign up with the code from the inbox, and Convex accepts the token', async () => {
    const email = 'carol@example.org';
    await clerk.signUp(page, email, 'staple-battery-horse');
    await clerk.enterCode(page, await inbox(stage, email, '--code'));
    await clerk.waitForUser(page, email);
    await stage.assertConvexAccepts(email);
  });
}
