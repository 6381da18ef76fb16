// Clerk's own backend SDK as an app's server: pages that a browser visits, and the handshakes they need.
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
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
