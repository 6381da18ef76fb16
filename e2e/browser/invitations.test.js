// Who is let in where not everybody may sign up: the links of mails, through Clerk's own screens.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { viteApp } from './lib/apps.js';
import * as clerk from './lib/clerk.js';
import { Stage } from './lib/stage.js';

const waitlistKey = 'sk_test_waitlist';
const config = `
settings: {sign_up: {mode: restricted}}
instances:
  early:
    secret_key: ${waitlistKey}
    settings: {sign_up: {mode: waitlist}}
    users: []
`;

describe('Invitations in a browser', () => {
  const stage = new Stage();
  let page;
  before(() => stage.start(viteApp(), { config }));
  after(() => stage.stop());
  afterEach(() => page.context().close());

  const backend = async (key, path, body) => {
    const answer = await fetch(`${stage.emulator.url}/v1${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return answer.json();
  };
  const invite = (email, more) => backend(stage.emulator.env.secret_key, '/invitations', { email_address: email, ...more });
  /** Fills in what an invitation leaves to ask for. */
  const choosePassword = async () => {
    await page.getByLabel('Password', { exact: true }).fill(clerk.password);
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
  };

  it('sign nobody up who was not invited', async () => {
    page = await stage.open();
    await page.getByRole('button', { name: 'Sign up' }).click();
    await page.getByText('Access restricted').waitFor();
  });

  it('lead to the app, whose form asks for the rest', async () => {
    const email = 'grace@example.com';
    await invite(email, { redirect_url: `${stage.app.url}/`, public_metadata: { role: 'admin' } });
    page = await stage.browser.newPage();
    await page.goto(await stage.emulator.cli('inbox', '--to', email, '--link', '--wait', '20s'));
    assert.equal(new URL(page.url()).origin, stage.app.url);
    await page.getByRole('button', { name: 'Sign up' }).click();
    await choosePassword();
    await clerk.waitForUser(page, email);
    await stage.assertConvexAccepts(email);
    const [user] = await backend(stage.emulator.env.secret_key, `/users?email_address=${email}`);
    assert.deepEqual([user.public_metadata, user.email_addresses[0].verification.strategy], [{ role: 'admin' }, 'ticket']);
  });

  it('lead to the hosted page when they name none', async () => {
    const { url } = await invite('hedy@example.com');
    page = await stage.browser.newPage();
    await page.goto(url);
    await choosePassword();
    await page.waitForURL((to) => !to.pathname.includes('sign-up'));
    const [user] = await backend(stage.emulator.env.secret_key, '/users?email_address=hedy@example.com');
    assert.ok(user);
  });

  it('come to those who joined the waitlist', async () => {
    page = await stage.browser.newPage();
    await page.goto(`${stage.emulator.url}/i/early/sign-in`);
    await page.getByRole('link', { name: 'Join waitlist' }).click();
    await page.getByLabel('Email address').fill('ada@example.com');
    await page.getByRole('button', { name: 'Join the waitlist' }).click();
    await page.getByText('Thanks for joining the waitlist!').waitFor();
    const { data: [entry] } = await backend(waitlistKey, '/waitlist_entries?status=pending');
    assert.equal(entry.email_address, 'ada@example.com');
    const { invitation } = await backend(waitlistKey, `/waitlist_entries/${entry.id}/invite`, {});
    await page.goto(invitation.url);
    await choosePassword();
    await page.waitForURL((to) => !to.pathname.includes('sign-up'));
    assert.equal((await backend(waitlistKey, '/waitlist_entries?status=completed')).total_count, 1);
  });
});
