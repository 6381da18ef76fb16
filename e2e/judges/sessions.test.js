// Clerk's own backend SDK on sessions, their tokens and how requests are authenticated by them.
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { assertDate, onBothMajors } from '../lib/backend.js';

onBothMajors('sessions', (sdk) => {
  let user, session;
  before(async () => {
    user = await sdk.newUser({ firstName: 'Sess', lastName: 'Ion' });
    session = await sdk.clerk.sessions.createSession({ userId: user.id });
  });
  const request = (jwt) =>
    new Request('http://localhost:3000/api', { headers: { authorization: `Bearer ${jwt}`, host: 'localhost:3000' } });
  const claims = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url'));

  it('createSession and getSession', async () => {
    assert.match(session.id, /^sess_[0-9A-Za-z]{27}$/);
    assert.equal(session.userId, user.id);
    assert.equal(session.status, 'active');
    assert.match(session.clientId, /^client_[0-9A-Za-z]{27}$/);
    for (const date of ['createdAt', 'updatedAt', 'lastActiveAt']) assertDate(session[date], date);
    assert.ok(session.expireAt > Date.now());
    assert.ok(session.abandonAt > session.expireAt - 1);
    assert.deepEqual(await sdk.clerk.sessions.getSession(session.id), session);
  });

  it('getSessionList by user and status', async () => {
    const active = await sdk.clerk.sessions.getSessionList({ userId: user.id, status: 'active' });
    assert.deepEqual([active.data.map(({ id }) => id), active.totalCount], [[session.id], 1]);
    const revoked = await sdk.clerk.sessions.getSessionList({ userId: user.id, status: 'revoked' });
    assert.deepEqual([revoked.data, revoked.totalCount], [[], 0]);
  });

  it('getToken without a template answers a session token that authenticateRequest accepts', async () => {
    const { jwt } = await sdk.clerk.sessions.getToken(session.id);
    assert.equal(claims(jwt).sid, session.id);
    const state = await sdk.clerk.authenticateRequest(request(jwt));
    assert.equal(state.isAuthenticated, true, `${state.reason}: ${state.message}`);
    const auth = state.toAuth();
    assert.deepEqual([auth.userId, auth.sessionId, auth.tokenType], [user.id, session.id, 'session_token']);
  });

  it('authenticateRequest and verifyToken refuse a token that was changed', async () => {
    const { jwt } = await sdk.clerk.sessions.getToken(session.id);
    const [header, , signature] = jwt.split('.');
    const payload = Buffer.from(JSON.stringify({ ...claims(jwt), sub: 'user_mallory' })).toString('base64url');
    const forged = `${header}.${payload}.${signature}`;
    assert.equal((await sdk.clerk.authenticateRequest(request(forged))).isAuthenticated, false);
    const options = { secretKey: sdk.env.secret_key, apiUrl: sdk.env.backend_api_url };
    assert.equal((await sdk.verifyToken(jwt, options)).sub, user.id);
    await assert.rejects(sdk.verifyToken(forged, options), { reason: 'token-invalid-signature' });
  });

  it('getToken with a template answers that template\'s claims', async () => {
    const { jwt } = await sdk.clerk.sessions.getToken(session.id, 'convex');
    const { aud, iss, sub, name, exp, iat } = claims(jwt);
    assert.deepEqual([aud, iss, sub, name], ['convex', sdk.env.issuer, user.id, 'Sess Ion']);
    assert.equal(exp - iat, 60);
    await sdk.refused(sdk.clerk.sessions.getToken(session.id, 'Convex'), 404, 'resource_not_found');
  });

  it('revokeSession ends it, and its tokens with it', async () => {
    const other = await sdk.clerk.sessions.createSession({ userId: user.id });
    assert.equal((await sdk.clerk.sessions.revokeSession(other.id)).status, 'revoked');
    await assert.rejects(sdk.clerk.sessions.getToken(other.id), sdk.isClerkAPIResponseError);
    assert.equal((await sdk.clerk.sessions.getSession(session.id)).status, 'active');
  });

});
