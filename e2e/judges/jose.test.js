// jose, finding everything by discovery as an OIDC client does, accepts the tokens of the template "convex".
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { startEmulator } from '../lib/emulator.js';

/** What an OIDC client learns from an issuer's name alone. */
async function discover(issuer) {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`);
  assert.equal(response.status, 200);
  return response.json();
}

async function verify(token, issuer, audience) {
  const document = await discover(issuer);
  return jwtVerify(token, createRemoteJWKSet(new URL(document.jwks_uri)), { issuer, audience, algorithms: ['RS256'] });
}

describe('jose on a token from the command line', () => {
  let emulator;
  let token;
  before(async () => {
    emulator = await startEmulator();
    token = await emulator.cli('token', '--user', 'alice@example.com', '--template', 'convex');
  });
  after(() => emulator?.stop());

  it('finds a discovery document that names the issuer byte for byte', async () => {
    const { issuer, jwks_url } = emulator.env;
    const document = await discover(issuer);
    assert.equal(document.issuer, issuer);
    assert.equal(document.jwks_uri, jwks_url);
    assert.deepEqual(document.id_token_signing_alg_values_supported, ['RS256']);
    assert.ok(document.response_types_supported.length > 0);
    assert.ok(document.subject_types_supported.length > 0);
  });

  it('finds the token right, with the claims that Convex maps', async () => {
    const { payload, protectedHeader } = await verify(token, emulator.env.issuer, 'convex');
    assert.equal(protectedHeader.typ, 'JWT');
    assert.match(payload.sub, /^user_[0-9A-Za-z]{27}$/);
    assert.equal(payload.name, 'Alice Example');
    assert.equal(payload.given_name, 'Alice');
    assert.equal(payload.family_name, 'Example');
    assert.equal(payload.email, 'alice@example.com');
    assert.equal(payload.email_verified, true);
    assert.equal(payload.phone_number, null);
    assert.equal(payload.exp - payload.iat, 60);
    assert.ok(payload.nbf <= payload.iat);
    assert.equal(typeof payload.picture, 'string');
  });

  it('says null, not nothing, for a user without names', async () => {
    const bobs = await emulator.cli('token', '--user', 'bob@example.com', '--template', 'convex');
    const { payload } = await verify(bobs, emulator.env.issuer, 'convex');
    assert.equal(payload.email, 'bob@example.com');
    assert.equal(payload.given_name, null);
    assert.equal(payload.family_name, null);
  });

  it('refuses it for another audience, another issuer and after a change', async () => {
    const { issuer } = emulator.env;
    await assert.rejects(verify(token, issuer, 'my-app'), errors.JWTClaimValidationFailed);
    const keys = createRemoteJWKSet(new URL((await discover(issuer)).jwks_uri));
    await assert.rejects(jwtVerify(token, keys, { issuer: `${issuer}/` }), errors.JWTClaimValidationFailed);
    const [header, payload, signature] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url'));
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'user_mallory' })).toString('base64url');
    await assert.rejects(jwtVerify(`${header}.${forged}.${signature}`, keys), errors.JWSSignatureVerificationFailed);
  });

  it('finds its key id in a key set without private parts', async () => {
    const { keys } = await (await fetch(emulator.env.jwks_url)).json();
    const key = keys.find(({ kid }) => kid === decodeProtectedHeader(token).kid);
    assert.deepEqual([key.kty, key.alg, key.use], ['RSA', 'RS256', 'sig']);
    assert.deepEqual(keys.flatMap((k) => ['d', 'p', 'q', 'dp', 'dq', 'qi'].filter((part) => part in k)), []);
  });

  it('cannot get a token from a template of another spelling', async () => {
    const wrong = emulator.cli('token', '--user', 'alice@example.com', '--template', 'Convex');
    await assert.rejects(wrong, (err) => err.code !== 0 && /No JWT template exists with name: Convex/.test(err.stderr));
  });
});
