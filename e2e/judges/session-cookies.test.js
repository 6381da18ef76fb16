// Clerk's own backend SDK as an app's server: requests that carry cookies of the control API and never saw a browser.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { it } from 'node:test';
import { startBrowser } from '../browser/lib/browser.js';
import { onBothMajors } from '../lib/backend.js';

const app = 'http://localhost:3000';

onBothMajors('session cookies', (sdk) => {
  const cookies = async (more = {}) => {
    const user = await sdk.newUser();
    const answer = await fetch(`${sdk.env.backend_api_url}/_emulator/session_cookies`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: user.id, app, ...more }),
    });
    const out = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(out));
    return { user, ...out };
  };
  const signedIn = (state, { user, session_id: sessionId }) =>
    assert.deepEqual([state.status, state.toAuth()?.userId, state.toAuth()?.sessionId], ['signed-in', user.id, sessionId], state.reason);
  const request = (cookie, headers = {}) => new Request(`${app}/api/notes`, { headers: { cookie, host: 'localhost:3000', ...headers } });
  const authorizedParties = [app];

  it('a request of a script is signed in', async () => {
    const made = await cookies();
    signedIn(await sdk.clerk.authenticateRequest(request(made.cookie_header), { authorizedParties }), made);
  });

  it('a document needs no handshake', async () => {
    const made = await cookies();
    const page = request(made.cookie_header, { accept: 'text/html', 'sec-fetch-dest': 'document' });
    signedIn(await sdk.clerk.authenticateRequest(page, { authorizedParties }), made);
  });

  it('the cookies of one key, among those of another app', async () => {
    const made = await cookies({ publishable_key: sdk.env.publishable_key });
    const header = `__session_zzzzzzzz=other; __client_uat_zzzzzzzz=0; ${made.cookie_header}`;
    signedIn(await sdk.clerk.authenticateRequest(request(header), { authorizedParties }), made);
  });

  it('another app does not take them', async () => {
    const made = await cookies({ app: 'http://localhost:3001' });
    const state = await sdk.clerk.authenticateRequest(request(made.cookie_header), { authorizedParties });
    assert.equal(state.status, 'signed-out');
  });

  it('a context of Playwright begins signed in', async (t) => {
    const server = createServer(async (incoming, answer) => {
      const state = await sdk.clerk.authenticateRequest(new Request(`http://${incoming.headers.host}${incoming.url}`, { headers: incoming.headers }));
      answer.end(state.status === 'signed-in' ? state.toAuth().userId : `${state.status} ${state.reason}`);
    });
    server.listen(0, 'localhost');
    await once(server, 'listening');
    const browser = await startBrowser();
    t.after(async () => {
      await browser.stop();
      server.closeAllConnections();
      server.close();
    });
    const address = `http://localhost:${server.address().port}`;
    const { user, cookies: list } = await cookies({ app: address });
    const page = await browser.newPage();
    await page.context().addCookies(list);
    assert.equal(await (await page.goto(address)).text(), user.id);
  });

  it('the command line prints the same header', async () => {
    const user = await sdk.newUser();
    const header = await sdk.cli('sign-in', '--user', user.id, '--app', app, '--cookies');
    const state = await sdk.clerk.authenticateRequest(request(header), { authorizedParties });
    assert.deepEqual([state.status, state.toAuth()?.userId], ['signed-in', user.id], state.reason);
  });
});
