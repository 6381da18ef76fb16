// An API of Express behind a React app: the app's tokens and the browser's cookies are what its middleware goes by.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startExpress, viteApp } from './lib/apps.js';
import * as clerk from './lib/clerk.js';
import { keyOf, properties, variables } from './lib/env.js';
import { Stage } from './lib/stage.js';

const alice = 'alice@example.com';

const kept = `publishable_keys: [${keyOf('kept-late-01.clerk.accounts.dev')}]`;
const props = async (its) => properties(await its.block('vite'), '@clerk/react 6');

describe('Express and @clerk/express', () => judge(viteApp()));
describe('Express and @clerk/express, with the key of an instance at Clerk', () => judge(viteApp({ props }), { config: kept }));

function judge(app, options) {
  const stage = new Stage();
  let me, page;
  before(async () => {
    await stage.start(app, options);
    const block = await stage.emulator.cli('env', '--framework', 'express');
    me = `${(await stage.run(startExpress(variables(block)))).url}/api/me`;
    page = await stage.open();
  });
  after(() => stage.stop());

  it('knows nobody before somebody signed in', async () => {
    assert.equal((await fetch(me)).status, 401);
    assert.equal((await page.context().request.get(me)).status(), 401);
  });

  it('knows the user by the token that the app sends, and not by a changed one', async () => {
    await clerk.signIn(page, alice);
    await clerk.waitForUser(page, alice);
    const token = await page.evaluate(() => window.Clerk.session.getToken());
    const answer = await fetch(me, { headers: { authorization: `Bearer ${token}` } });
    assert.deepEqual([answer.status, (await answer.json()).email], [200, alice]);
    const [header, payload, signature] = token.split('.');
    const other = [header, payload, [...signature].reverse().join('')].join('.');
    const forged = await fetch(me, { headers: { authorization: `Bearer ${other}` } });
    assert.equal(forged.status, 401);
  });

  it('knows the user by the cookies that the browser sends', async () => {
    const answer = await page.context().request.get(me);
    assert.deepEqual([answer.status(), (await answer.json()).email], [200, alice]);
  });

  it('gets the session from a handshake when a page is opened without its cookie', async () => {
    const other = await page.context().newPage();
    await page.close(); // its clerk-js would set the cookie again
    await other.context().clearCookies({ name: /^__session/ });
    const handshakes = [];
    other.on('request', (request) => request.url().includes('/v1/client/handshake?') && handshakes.push(request.url()));
    const answer = await other.goto(me);
    assert.equal(handshakes.length, 1);
    assert.deepEqual([answer.status(), (await answer.json()).email], [200, alice]);
  });
}
