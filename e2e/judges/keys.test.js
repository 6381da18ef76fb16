// Clerk's own backend SDK on the key set, JWT templates, sign-in tokens and testing tokens.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { assertDate, onBothMajors } from '../lib/backend.js';

onBothMajors('keys', (sdk) => {
  it('jwks.getJwks', async () => {
    const { keys } = await sdk.clerk.jwks.getJwks();
    assert.deepEqual([keys[0].kty, keys[0].alg, keys[0].use], ['RSA', 'RS256', 'sig']);
  });

  it('jwtTemplates list, get, create, update, delete', async () => {
    const { data, totalCount } = await sdk.clerk.jwtTemplates.list();
    assert.equal(totalCount, data.length);
    const convex = data.find(({ name }) => name === 'convex');
    assert.equal(convex.claims.aud, 'convex');
    assert.deepEqual(await sdk.clerk.jwtTemplates.get(convex.id), convex);

    const claims = { aud: 'my-app', plan: '{{user.public_metadata.plan}}' };
    const created = await sdk.clerk.jwtTemplates.create({ name: `app${sdk.unique()}`, claims, lifetime: 120 });
    assert.match(created.id, /^jtmp_[0-9A-Za-z]{27}$/);
    assert.deepEqual([created.claims, created.lifetime, created.customSigningKey], [claims, 120, false]);
    assertDate(created.createdAt, 'createdAt');

    const updated = await sdk.clerk.jwtTemplates.update({
      templateId: created.id,
      name: created.name,
      claims: { ...claims, more: true },
      lifetime: 300,
    });
    assert.deepEqual([updated.lifetime, updated.claims.more], [300, true]);

    const deleted = await sdk.clerk.jwtTemplates.delete(created.id);
    assert.deepEqual([deleted.id, deleted.deleted], [created.id, true]);
    await sdk.refused(sdk.clerk.jwtTemplates.get(created.id), 404, 'resource_not_found');
  });

  it('signInTokens create and revoke', async () => {
    const user = await sdk.newUser();
    const token = await sdk.clerk.signInTokens.createSignInToken({ userId: user.id, expiresInSeconds: 600 });
    assert.equal(token.userId, user.id);
    assert.equal(token.status, 'pending');
    assert.equal(token.token.split('.').length, 3);
    assert.ok(new URL(token.url));
    assertDate(token.createdAt, 'createdAt');
    assert.equal((await sdk.clerk.signInTokens.revokeSignInToken(token.id)).status, 'revoked');
    await assert.rejects(sdk.clerk.signInTokens.revokeSignInToken(token.id), sdk.isClerkAPIResponseError);
  });

  it('testingTokens create', async () => {
    // The SDK has no class for it and hands out what came.
    const { token, expires_at: expiresAt } = await sdk.clerk.testingTokens.createTestingToken();
    assert.ok(token.length > 0);
    assert.ok(expiresAt > Date.now() / 1000 && expiresAt < Date.now() / 100, 'expiresAt is in seconds');
  });
});
