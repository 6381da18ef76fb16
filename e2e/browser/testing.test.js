// Clerk's helpers for Playwright, as they are published, sign in without a form; what they need beside the emulator is in
// examples/clerk-testing.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { clerk, clerkSetup, setupClerkTestingToken } from '@clerk/testing/playwright';
import { viteApp } from './lib/apps.js';
import { password, waitForNobody, waitForUser } from './lib/clerk.js';
import { Stage } from './lib/stage.js';

const run = promisify(execFile);
const local = (path) => new URL(path, import.meta.url);
const preload = local('../../examples/clerk-testing/preload.mjs');
const guard = local('lib/loopback-only.js');

const alice = 'alice@example.com';
const grace = 'grace+clerk_test@example.com';
const phone = '+15555550100';
const config = `
settings:
  attributes:
    phone_number: {enabled: true, used_for_first_factor: true, first_factors: [phone_code]}
users:
  - {email_addresses: [${alice}], password: ${password}}
  - {email_addresses: [${grace}], phone_numbers: ["${phone}"]}
`;

/** Runs a program of this folder with these modules loaded before it, as NODE_OPTIONS does it. */
function runPreloaded(modules, args, env) {
  const NODE_OPTIONS = modules.map((url) => `--import=${url}`).join(' ');
  return run(process.execPath, args, { cwd: fileURLToPath(local('.')), env: { ...process.env, NODE_OPTIONS, ...env } });
}

describe('@clerk/testing', () => {
  const stage = new Stage();
  let env, page;
  before(async () => {
    await stage.start(viteApp(), { config });
    const { backend_api_url, frontend_api_url, publishable_key, secret_key } = stage.emulator.env;
    env = { CLERK_API_URL: backend_api_url, CLERK_PUBLISHABLE_KEY: publishable_key, CLERK_SECRET_KEY: secret_key };
    Object.assign(process.env, env);
    await clerkSetup({ dotenv: false, frontendApiUrl: new URL(frontend_api_url).host });
    // The helpers repeat the page's requests from Node, which asks for a trusted certificate unless the context says not to.
    const browser = (await stage.browser.newPage()).context().browser();
    page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
  });
  after(() => stage.stop());

  it('gets a testing token from the emulator and answers for the captcha', async () => {
    assert.ok(process.env.CLERK_TESTING_TOKEN);
    await setupClerkTestingToken({ page });
    await page.goto(stage.app.url);
    await clerk.loaded({ page });
    await page.evaluate((identifier) => window.Clerk.client.signIn.create({ identifier }), alice);
    assert.equal(await page.evaluate(() => window.Clerk.client.captchaBypass), true);
  });

  const strategies = [
    { strategy: 'password', identifier: alice, password, email: alice },
    { strategy: 'email_code', identifier: grace, email: grace },
    { strategy: 'phone_code', identifier: phone, email: grace },
  ];
  for (const { email, ...signInParams } of strategies) {
    it(`signs in by ${signInParams.strategy}, and out`, () => signInAndOut(email, signInParams));
  }

  it('signs in by ticket, and out', async () => {
    const ticket = await signInToken(grace);
    await signInAndOut(grace, { strategy: 'ticket', ticket });
  });

  it('lets nobody in with a wrong password', async () => {
    const wrong = { strategy: 'password', identifier: alice, password: 'wrong-horse-battery' };
    await assert.rejects(clerk.signIn({ page, signInParams: wrong }), /password is incorrect/i);
    await waitForNobody(page);
  });

  it('asks api.clerk.com when it is given an address alone, and the emulator with the preload', async () => {
    const given = { ...env, APP_URL: stage.app.url, EMAIL: grace, CLERK_TESTING_TOKEN: '' };
    const program = ['apps/testing/sign-in.js'];
    await assert.rejects(runPreloaded([guard], program, given), /only this machine may be asked, not api\.clerk\.com/);
    const { stdout } = await runPreloaded([guard, preload], program, given);
    assert.equal(stdout.trim(), grace);
    const forgotten = { ...given, CLERK_API_URL: '', CLERK_TESTING_TOKEN: 'any' };
    await assert.rejects(runPreloaded([guard, preload], program, forgotten), /was stopped: set CLERK_API_URL/);
  });

  async function signInAndOut(email, signInParams) {
    await clerk.signIn({ page, signInParams });
    await waitForUser(page, email);
    await stage.assertConvexAccepts(email);
    await clerk.signOut({ page });
    await waitForNobody(page);
  }

  /** A sign-in token of the user with this address, asked for as a test of an app would. */
  async function signInToken(email) {
    const ask = async (path, body) => {
      const headers = { authorization: `Bearer ${env.CLERK_SECRET_KEY}`, 'content-type': 'application/json' };
      const answer = await fetch(env.CLERK_API_URL + path, { method: body ? 'POST' : 'GET', headers, body });
      assert.equal(answer.status, 200);
      return answer.json();
    };
    const [user] = await ask(`/v1/users?email_address=${encodeURIComponent(email)}`);
    return (await ask('/v1/sign_in_tokens', JSON.stringify({ user_id: user.id }))).token;
  }
});

describe('the preload for @clerk/testing', () => {
  const seen = [];
  const server = createServer(async (request, response) => {
    seen.push([request.method, request.url, request.headers['x-key'], (await request.toArray()).join('')]);
    response.end();
  });
  let origin;
  before(async () => {
    await once(server.listen(0, 'localhost'), 'listening');
    origin = `http://localhost:${server.address().port}`;
  });
  after(() => server.close());

  const evaluate = (code, env) => runPreloaded([guard, preload], ['--input-type=module', '--eval', code], env);

  it('changes the host and nothing else, in every way that fetch is called', async () => {
    await evaluate(`
      const init = { method: 'POST', headers: { 'x-key': 'k' }, body: 'words' };
      await fetch('https://api.clerk.com/v1/a?b=c%2Bd', init);
      await fetch(new URL('https://api.clerk.com/v1/a?b=c%2Bd'), init);
      await fetch(new Request('https://api.clerk.com/v1/a?b=c%2Bd', init));
    `, { CLERK_API_URL: `${origin}/` });
    assert.deepEqual(seen.splice(0), Array(3).fill(['POST', '/v1/a?b=c%2Bd', 'k', 'words']));
  });

  it('leaves other hosts alone', async () => {
    await evaluate(`await fetch('${origin}/own', { headers: { 'x-key': 'k' } })`, { CLERK_API_URL: 'http://localhost:1' });
    assert.deepEqual(seen.splice(0), [['GET', '/own', 'k', '']]);
  });

  it('stops the call, and says what to set, where CLERK_API_URL is missing', async () => {
    const call = evaluate(`await fetch('https://api.clerk.com/v1/users')`, { CLERK_API_URL: '' });
    await assert.rejects(call, /api\.clerk\.com\/v1\/users was stopped: set CLERK_API_URL/);
  });
});
