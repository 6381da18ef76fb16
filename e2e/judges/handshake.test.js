// Clerk's own backend SDK as an app's server: pages that a browser visits, and the handshakes they need.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { onBothMajors, password } from '../lib/backend.js';
import { startEmulator } from '../lib/emulator.js';
import { Visitor } from '../lib/visitor.js';

const app = 'http://localhost:3000';

onBothMajors('handshake', (sdk) => {
  let user, authenticate;
  before(async () => {
    user = await sdk.newUser();
    authenticate = (request) => sdk.clerk.authenticateRequest(request);
  });
  const visitor = async ({ signedIn = true } = {}) => {
    const v = new Visitor(sdk.env);
    await v.open();
    if (signedIn) await v.signIn(user.emailAddresses[0].emailAddress, password);
    return v;
  };
  const isUser = ({ state }) => assert.deepEqual([state.status, state.toAuth()?.userId], ['signed-in', user.id], state.reason);

  for (const format of ['nonce', 'token']) {
    it(`the first page of somebody unknown, by ${format}`, async () => {
      const v = new Visitor(sdk.env);
      const { state, reasons } = await v.visit(authenticate, { format });
      assert.deepEqual([state.status, reasons], ['signed-out', ['dev-browser-missing']]);
      assert.match(v.cookies.get('__clerk_db_jwt'), /^dvb_/);
    });

    it(`the first page of somebody signed in, by ${format}`, async () => {
      const v = await visitor();
      const visit = await v.visit(authenticate, { path: '/page?b=2&a=%C3%A9', format });
      isUser(visit);
      assert.deepEqual([visit.path, visit.state.toAuth().sessionClaims.azp], ['/page?b=2&a=%C3%A9', app]);
      isUser(await v.visit(authenticate));
      assert.equal(v.cookies.get('__clerk_db_jwt'), v.token);
    });
  }

  it('a session cookie that ran out comes back', async () => {
    const v = await visitor();
    await v.visit(authenticate);
    for (const name of [...v.cookies.keys()].filter((n) => n.startsWith('__session'))) v.cookies.delete(name);
    const visit = await v.visit(authenticate);
    isUser(visit);
    assert.deepEqual(visit.reasons, ['client-uat-but-no-session-token']);
  });

  describe('a session token that ran out', () => {
    // The cookies of an app that somebody left open, with a token that is just over.
    const leftOpen = async () => {
      const v = await visitor();
      await v.visit(authenticate);
      const stale = await v.expire();
      return { v, stale };
    };
    const refreshCookies = (v) => [...v.cookies.keys()].filter((name) => name.startsWith('__refresh_'));

    it('is refreshed without a handshake', async () => {
      const { v, stale } = await leftOpen();
      const visit = await v.visit(authenticate);
      isUser(visit);
      assert.deepEqual(visit.reasons, []);
      const fresh = [...v.cookies].filter(([name]) => name.startsWith('__session'));
      assert.ok(fresh.length > 1 && fresh.every(([, value]) => value !== stale), `${fresh}`);
      assert.equal(visit.state.toAuth().sessionClaims.azp, app);
      isUser(await v.visit(authenticate));
    });

    it('is refreshed by another refresh cookie after a handshake', async () => {
      const { v } = await leftOpen();
      const before = v.cookies.get(refreshCookies(v)[0]);
      for (const name of [...v.cookies.keys()].filter((n) => n.startsWith('__session'))) v.cookies.delete(name);
      isUser(await v.visit(authenticate));
      assert.notEqual(v.cookies.get(refreshCookies(v)[0]), before);
      await v.expire();
      assert.deepEqual((await v.visit(authenticate)).reasons, []);
    });

    for (const [name, spoil, reason] of [
      ['a tampered refresh cookie', (v) => refreshCookies(v).forEach((n) => v.cookies.set(n, `${v.cookies.get(n)}x`)), 'refresh_token_not_found'],
      ['no refresh cookie', (v) => refreshCookies(v).forEach((n) => v.cookies.delete(n)), 'non-eligible-no-refresh-cookie'],
    ]) {
      it(`goes through a handshake with ${name}`, async () => {
        const { v } = await leftOpen();
        spoil(v);
        const visit = await v.visit(authenticate);
        isUser(visit);
        assert.deepEqual(visit.reasons, [`session-token-expired-refresh-${reason}`]);
      });
    }

    it('is not refreshed twice', async () => {
      const { v, stale } = await leftOpen();
      isUser(await v.visit(authenticate));
      for (const name of [...v.cookies.keys()].filter((n) => n.startsWith('__session'))) v.cookies.set(name, stale);
      assert.deepEqual((await v.visit(authenticate)).reasons, ['session-token-expired-refresh-session_refresh_expired_session_token_consumed']);
    });

    it('of a revoked session signs out', async () => {
      const { v } = await leftOpen();
      await sdk.clerk.sessions.revokeSession(v.session.id);
      const { state, reasons } = await v.visit(authenticate);
      assert.deepEqual([state.status, reasons], ['signed-out', ['session-token-expired-refresh-session_refresh_inactive_session']]);
      assert.deepEqual(refreshCookies(v), []);
    });

    it('of a page that another asks for is not refreshed', async () => {
      const { v, stale } = await leftOpen();
      const params = { expired_token: stale, refresh_token: v.cookies.get(refreshCookies(v)[0]), request_origin: 'http://localhost:3001' };
      await sdk.refused(() => sdk.clerk.sessions.refreshSession(v.session.id, params), 401, 'refresh_request_origin_azp_mismatch');
      const token = await sdk.clerk.sessions.refreshSession(v.session.id, { ...params, request_origin: app, format: 'token' });
      assert.equal((await sdk.verifyToken(token.jwt, { secretKey: sdk.env.secret_key, apiUrl: sdk.env.backend_api_url })).sid, v.session.id);
    });
  });

  it('signing out in another tab takes the cookies', async () => {
    const v = await visitor();
    await v.visit(authenticate);
    await v.signOut();
    for (const name of [...v.cookies.keys()].filter((n) => n.startsWith('__session'))) v.cookies.delete(name);
    const { state } = await v.visit(authenticate);
    assert.deepEqual([state.status, v.cookies.get('__client_uat')], ['signed-out', '0']);
  });

  it('a browser from before a reset starts anew', async () => {
    const v = await visitor();
    await v.visit(authenticate);
    for (const name of [...v.cookies.keys()]) if (!name.startsWith('__client_uat')) v.cookies.delete(name);
    v.cookies.set('__clerk_db_jwt', 'dvb_gone');
    v.token = undefined;
    const { state } = await v.visit(authenticate);
    assert.equal(state.status, 'signed-out');
    assert.notEqual(v.cookies.get('__clerk_db_jwt'), 'dvb_gone');
  });

  it('authorizedParties accepts the page that asked and no other', async () => {
    const v = await visitor();
    isUser(await v.visit((request) => sdk.clerk.authenticateRequest(request, { authorizedParties: [app] })));
    const elsewhere = await sdk.clerk.authenticateRequest(v.page('/'), { authorizedParties: ['http://localhost:3001'] });
    assert.equal(elsewhere.status, 'signed-out');
  });

  it('a key of a host of its own, in both spellings, behind a proxy URL', async (t) => {
    const bare = 'pk_test_ZW11LWxhdGUtMDEuY2xlcmsuYWNjb3VudHMuZGV2JA'; // emu-late-01.clerk.accounts.dev
    const emulator = await startEmulator({ config: `publishable_keys: [${bare}]\n` });
    t.after(() => emulator.stop());
    const { secret_key: secretKey, backend_api_url: apiUrl } = emulator.env;
    for (const publishableKey of [bare, `${bare}==`]) {
      const clerk = sdk.createClerkClient({ secretKey, apiUrl, publishableKey, telemetry: { disabled: true } });
      const v = new Visitor(emulator.env);
      await v.open();
      await v.signIn('alice@example.com', password);
      const { state } = await v.visit((request) => clerk.authenticateRequest(request, { proxyUrl: apiUrl }));
      assert.equal(state.status, 'signed-in', `${publishableKey}: ${state.reason}`);
    }
  });

  it('a document that is posted, where the SDK redirects it', async () => {
    const v = await visitor();
    const { state, reasons } = await v.visit(authenticate, { method: 'POST' });
    if (reasons.length > 0) assert.equal(state.status, 'signed-in', state.reason);
    else assert.equal(state.status, 'signed-out');
  });
});
